"""A generator behind a server that speaks the OpenAI protocol, such as vLLM."""

from __future__ import annotations

import http.client
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from realsyn_lib.errors import ModelError
from realsyn_lib.models.control_words import neutralise
from realsyn_lib.models.source import ServerSource
from udfs.device import task_attempt
from udfs.models.generator import Completion, Message
from udfs.models.server_client import NotConnectedError, Reply, ServerClient
from udfs.models.server_patience import Patience

ATTEMPTS = 4  # of one prompt; waiting for a server that is away is none
PROBE_S = 10.0
MAX_LOST_IN_A_ROW = 20
REFUSED_ROW = {400, 413, 422}  # this prompt, not the server: too long, or not accepted
SERVER_AWAY = {425, 429, 502, 503}  # whatever the prompt is
MAYBE_ROW = {408, 500, 504}  # the prompt may be what it fails at


class ServerGenerator:
    """Sends prompts in parallel, greedy and seeded; the server batches them.

    A prompt that is not answered ``ATTEMPTS`` times by a server that is there comes back as
    ``lost``; a server that is away is waited for, ``server_wait_s`` long.
    """

    def __init__(self, source: ServerSource, name: str, digest: str) -> None:
        self.name, self.digest = name, digest
        self.prompts_at_once = 16 * source.parallel_requests
        self._source = source
        headers = {"Content-Type": "application/json"}
        key = _key(name, source)
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self._client = ServerClient(source.base_url, headers)
        self._lock, self._unanswered = threading.Lock(), 0  # prompts since the last answer

    def generate(self, prompts: list[list[Message]], max_new_tokens: int) -> list[Completion]:
        """Return one completion for each prompt.

        Raises:
            ModelError: no server after the wait, a refused key or model, or one that answers no
                prompt at all.
        """
        # Spark tries a task again: all its waits together are less than twice the first.
        patience = Patience(self._source.server_wait_s / 2 ** task_attempt())
        pool = ThreadPoolExecutor(self._source.parallel_requests)
        try:
            asked = [pool.submit(self._complete, p, max_new_tokens, patience) for p in prompts]
            return [one.result() for one in asked]
        finally:
            patience.end()
            pool.shutdown(cancel_futures=True)

    def _complete(
        self, prompt: list[Message], max_new_tokens: int, patience: Patience
    ) -> Completion:
        body = json.dumps({
            "model": self._source.served_model,
            "messages": [{"role": m.role, "content": neutralise(m.text)} for m in prompt],
            "max_tokens": max_new_tokens,
            "temperature": 0,
            "seed": 0,
        }).encode()  # fmt: skip
        fault = ""
        for _chance in range(2):  # a second one where the server was to blame for the first
            found = self._tried(body, patience)
            if isinstance(found, Completion):
                return found
            fault = found
            if not self._was_away(fault, patience):
                break
        self._count_unanswered(fault)
        return Completion("", "lost")

    def _tried(self, body: bytes, patience: Patience) -> Completion | str:
        """Ask ``ATTEMPTS`` times; return the answer, or the last fault."""
        failures = waits = 0
        fault = ""
        while failures < ATTEMPTS:
            retry_after, is_away = None, False
            try:
                reply = self._client.send("POST", "/chat/completions", body, self._source.timeout_s)
                found = self._read(reply)
                if found is not None:
                    patience.answered()
                    return self._told(found, reply)
                fault, retry_after = f"answered {reply.status}", reply.retry_after
                is_away = reply.status in SERVER_AWAY
            except NotConnectedError as error:
                fault, is_away = str(error), True
            except (OSError, http.client.HTTPException) as error:
                fault = f"{type(error).__name__}: {error}"
            waits += 1
            failures += not is_away
            if is_away and not patience.wait_for_server(waits, retry_after):
                raise ModelError(self._fault(f"{fault}, for {patience.limit_s:g} s"))
            if not is_away and failures < ATTEMPTS:
                patience.pause(failures, retry_after)
        return fault

    def _told(self, found: Completion, reply: Reply) -> Completion:
        """Return an answer; of a refusal note that one more prompt has none."""
        if found.finish_reason == "error":
            said = (reply.body or b"")[:200].decode("utf-8", "replace")
            self._count_unanswered(f"answered {reply.status}: {' '.join(said.split())}")
        else:
            with self._lock:
                self._unanswered = 0
        return found

    def _count_unanswered(self, fault: str) -> None:
        """Stop where prompt after prompt has no answer: that is the server, or its settings."""
        with self._lock:
            self._unanswered += 1
            count = self._unanswered
        if count > MAX_LOST_IN_A_ROW:
            raise ModelError(
                self._fault(f"answered none of {MAX_LOST_IN_A_ROW} prompts in a row ({fault})")
            )

    def _read(self, reply: Reply) -> Completion | None:
        """Return what a reply says; None where the prompt is to be asked again."""
        if reply.status in REFUSED_ROW:
            return Completion("", "error")
        if reply.status in SERVER_AWAY | MAYBE_ROW:
            return None
        if reply.status != 200:
            raise ModelError(self._fault(f"answered {reply.status}"))
        return Completion("", "error") if reply.body is None else _completion(reply.body)

    def _was_away(self, fault: str, patience: Patience) -> bool:
        """Wait until the server is there; say whether it was not."""
        waits = 0
        while not self._is_there():
            waits += 1
            if not patience.wait_for_server(waits, None):
                raise ModelError(self._fault(f"{fault}, for {patience.limit_s:g} s"))
        patience.answered()
        return waits > 0

    def _is_there(self) -> bool:
        """Say whether the server answers anything at all, by its list of models."""
        try:
            return self._client.send("GET", "/models", None, PROBE_S).status not in SERVER_AWAY
        except (OSError, http.client.HTTPException):
            return False

    def _fault(self, what: str) -> str:
        return (
            f"model {self.name}: {self._source.base_url} {what}; check that the server runs and "
            f"serves {self._source.served_model}, and source.base_url and {self._source.api_key_env}"
        )


def _completion(data: bytes) -> Completion | None:
    """Read an answer; None where it is cut or garbled, an error of this row where it is another."""
    try:
        choice: Any = json.loads(data)["choices"][0]
        text, reason = choice["message"]["content"], choice["finish_reason"]
    except (ValueError, RecursionError):
        return None
    except (KeyError, IndexError, TypeError):
        return Completion("", "error")
    if not isinstance(text, str) or reason not in ("stop", "length"):
        return Completion("", "error")
    whole = text.encode("utf-8", "replace").decode()  # half a surrogate pair is no text
    return Completion(whole.strip(), reason)


def _key(name: str, source: ServerSource) -> str | None:
    """Return the key that the environment holds, which no message shows.

    Raises:
        ModelError: it cannot stand in a header.
    """
    key = os.environ.get(source.api_key_env, "").strip() if source.api_key_env else ""
    if not (key.isascii() and key.isprintable()):
        raise ModelError(
            f"model {name}: {source.api_key_env} holds more than one line of printable letters; "
            "expected the key alone"
        )
    return key or None
