"""Fetch a URL over http or https: redirects and retries under one deadline."""

import http.client
import ssl
import time
from datetime import UTC, datetime
from urllib.parse import urljoin

from realsyn_lib.fetch.addresses import parse_allow_hosts
from realsyn_lib.fetch.answers import may_pass, wait_s
from realsyn_lib.fetch.rules import FetchRules
from realsyn_lib.fetch.urls import BadUrlError, http_target
from udfs.fetched import Fetched
from udfs.http_request import Answer, RefusedError, request


class HttpFetcher:
    """Holds settings only, nothing of past fetches; may serve many threads."""

    def __init__(self, rules: FetchRules) -> None:
        self._rules = rules
        self._allow = parse_allow_hosts(rules.allow_hosts)
        self._tls = ssl.create_default_context()

    def fetch(self, url: str) -> Fetched:
        """Fetch one URL, all its tries under ``rules.deadline_s``.

        Name resolution cannot be interrupted and may overrun by the resolver's own limit.
        """
        deadline = time.monotonic() + self._rules.deadline_s
        for tries in range(1, self._rules.retries + 2):
            try:
                answer = self._follow(url, deadline)
                return Fetched(answer.body, answer.status)
            except RefusedError as refusal:
                last = refusal
            wait = wait_s(tries, self._rules.backoff_s, last.retry_after, datetime.now(UTC))
            hopeless = tries > self._rules.retries or not may_pass(last.reason, last.status)
            if hopeless or time.monotonic() + wait >= deadline:
                break
            time.sleep(wait)
        return Fetched(None, last.status, last.reason, last.detail)

    def _follow(self, url: str, deadline: float) -> Answer:
        for _ in range(self._rules.max_redirects + 1):
            answer = self._ask(url, deadline)
            if answer.location is None:
                return answer
            url = _joined(url, answer.location)
        raise RefusedError("redirects", f"more than {self._rules.max_redirects}", answer.status)

    def _ask(self, url: str, deadline: float) -> Answer:
        """Make one request; each way it can fail becomes ``RefusedError``."""
        try:
            return request(http_target(url), self._rules, self._allow, self._tls, deadline)
        except BadUrlError as error:
            raise RefusedError("bad_url", str(error)) from error
        except TimeoutError as error:
            raise RefusedError(
                "deadline", f"not complete after {self._rules.deadline_s} s"
            ) from error
        except http.client.IncompleteRead as error:
            raise RefusedError("incomplete", "a chunked body ended early", 200) from error
        except ConnectionError as error:  # before HTTPException: RemoteDisconnected is both
            raise RefusedError("connection", type(error).__name__) from error
        except http.client.HTTPException as error:
            raise RefusedError("http_error", f"bad response: {type(error).__name__}") from error
        except (OSError, UnicodeError) as error:  # DNS, TLS, no route, a name that is no name
            raise RefusedError("connection", f"{type(error).__name__}: {error}") from error


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError as error:
        raise RefusedError("bad_url", f"redirect: {error}") from error
