"""Who may ask the server, and what browsers are told."""

import pytest

from realsyn_lib.view.access import (
    LOOPBACK_NAMES,
    SECURITY_HEADERS,
    is_loopback,
    is_own_host,
    is_token,
)


@pytest.mark.parametrize(
    "header",
    ["localhost:8765", "127.0.0.1:8765", "[::1]:8765", "LOCALHOST:1", "localhost", "[::1]"],
)
def test_own_names_are_known_with_any_port(header):
    assert is_own_host(header, LOOPBACK_NAMES)


@pytest.mark.parametrize(
    "header",
    [None, "", "evil.example", "evil.example:8765", "localhost.evil.example:8765", "127.0.0.1.evil.example",
     "localhost:evil", "::1", "127.0.0.2:8765", "evil.example:8765@localhost"],
)  # fmt: skip
def test_foreign_names_are_refused(header):
    assert not is_own_host(header, LOOPBACK_NAMES)


@pytest.mark.parametrize(
    ("given", "same"), [("abc", True), ("abd", False), ("ab", False), ("", False)]
)
def test_a_token_is_right_or_not(given, same):
    assert is_token(given, "abc") is same


def test_no_token_is_none():
    assert not is_token(None, "abc")


@pytest.mark.parametrize(
    ("address", "own"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False),
     ("192.168.1.4", False), ("example.org", False)],
)  # fmt: skip
def test_only_the_loopback_is_this_machine_alone(address, own):
    assert is_loopback(address) is own


def test_the_policy_lets_no_script_in_a_page_run_and_nothing_load_from_elsewhere():
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy
    assert policy.startswith("default-src 'none'")
