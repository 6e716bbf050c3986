"""What a status means, and how long to wait."""

import math
from datetime import UTC, datetime

import pytest

from realsyn_lib.fetch.answers import may_pass, status_reason, wait_s

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "reason"),
    [(200, None), (404, "not_found"), (410, "not_found"), (403, "http_error"), (204, "http_error"),
     (500, "http_error"), (304, "http_error")],
)  # fmt: skip
def test_only_200_brings_an_image(status, reason):
    assert status_reason(status) == reason


def test_busy_servers_and_broken_connections_may_pass():
    assert may_pass("http_error", 429) and may_pass("http_error", 503)
    assert may_pass("connection", None)


def test_refusals_do_not_pass():
    assert not may_pass("not_found", 404)
    assert not may_pass("ssrf_blocked", None)
    assert not may_pass("deadline", None)


def test_waits_double():
    assert [wait_s(tries, 0.5, None, NOON) for tries in (1, 2, 3)] == [0.5, 1.0, 2.0]


def test_the_server_may_ask_for_a_longer_wait():
    assert wait_s(1, 0.5, "7", NOON) == 7
    assert wait_s(1, 0.5, "Thu, 01 Jan 2026 12:01:00 GMT", NOON) == 60


@pytest.mark.parametrize("header", ["", "soon", "-5", "Thu, 01 Jan 2015 12:01:00 GMT", "\u0663"])
def test_a_header_of_nonsense_or_of_the_past_changes_nothing(header):
    assert wait_s(2, 0.5, header, NOON) == 1.0


def test_an_endless_number_is_an_endless_wait():
    assert wait_s(1, 0.5, "9" * 5000, NOON) == math.inf
