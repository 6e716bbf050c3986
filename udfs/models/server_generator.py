"""A generator behind a server that speaks the OpenAI protocol, such as vLLM."""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from realsyn_lib.errors import ModelError
from realsyn_lib.models.control_words import neutralise
from realsyn_lib.models.source import ServerSource
from udfs.models.generator import Completion, Message

MAX_ANSWER_BYTES = 1 << 20
ATTEMPTS = 4
FIRST_PAUSE_S = 1.0
RETRIED = {408, 425, 429, 500, 502, 503, 504}
REFUSED_ROW = {400, 413, 422}  # this prompt, not the server: too long, or not accepted


class ServerGenerator:
    """Sends prompts in parallel, greedy and seeded; the server batches them."""

    prompts_at_once = 64

    def __init__(self, source: ServerSource, name: str, digest: str) -> None:
        self.name, self.digest = name, digest
        self._source = source
        self._url = f"{source.base_url.rstrip('/')}/chat/completions"
        self._headers = {"Content-Type": "application/json"}
        key = os.environ.get(source.api_key_env) if source.api_key_env else None
        if key:
            self._headers["Authorization"] = f"Bearer {key}"

    def generate(self, prompts: list[list[Message]], max_new_tokens: int) -> list[Completion]:
        """Return one completion for each prompt.

        Raises:
            ModelError: no server, a refused key or model, or no answer after all attempts.
        """
        with ThreadPoolExecutor(self._source.parallel_requests) as pool:
            return list(pool.map(lambda prompt: self._complete(prompt, max_new_tokens), prompts))

    def _complete(self, prompt: list[Message], max_new_tokens: int) -> Completion:
        body = {
            "model": self._source.served_model,
            "messages": [{"role": m.role, "content": neutralise(m.text)} for m in prompt],
            "max_tokens": max_new_tokens,
            "temperature": 0,
            "seed": 0,
        }
        request = urllib.request.Request(self._url, json.dumps(body).encode(), self._headers)
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(FIRST_PAUSE_S * 2 ** (attempt - 1))
            try:
                return self._ask(request)
            except urllib.error.HTTPError as error:
                if error.code in REFUSED_ROW:
                    return Completion("", "error")
                if error.code not in RETRIED:
                    raise ModelError(self._fault(f"answered {error.code}")) from error
                reason = f"answered {error.code}"
            except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
                reason = str(error)
        raise ModelError(self._fault(f"{reason}, {ATTEMPTS} times"))

    def _ask(self, request: urllib.request.Request) -> Completion:
        with urllib.request.urlopen(request, timeout=self._source.timeout_s) as answer:
            data = answer.read(MAX_ANSWER_BYTES + 1)
        if len(data) > MAX_ANSWER_BYTES:
            return Completion("", "error")
        return _completion(data)

    def _fault(self, what: str) -> str:
        return (
            f"model {self.name}: {self._url} {what}; check that the server runs and serves "
            f"{self._source.served_model}, and source.base_url and {self._source.api_key_env}"
        )


def _completion(data: bytes) -> Completion:
    """Read an answer; one of another shape is an error of this row."""
    try:
        choice: Any = json.loads(data)["choices"][0]
        text, reason = choice["message"]["content"], choice["finish_reason"]
    except (ValueError, KeyError, IndexError, TypeError):
        return Completion("", "error")
    if not isinstance(text, str) or reason not in ("stop", "length"):
        return Completion("", "error")
    return Completion(text.strip(), reason)
