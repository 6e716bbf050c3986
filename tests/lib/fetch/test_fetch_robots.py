"""robots.txt as RFC 9309 reads it."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realsyn_lib.fetch.robots import parse_robots


def allows(text: str, path: str, agent: str = "realsyn") -> bool:
    return parse_robots(text.encode(), agent).allows(path)


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("", "/a.jpg", True),
        ("Disallow: /", "/a.jpg", False),
        ("Disallow:", "/a.jpg", True),
        ("Disallow: /private", "/private/a.jpg", False),
        ("Disallow: /private", "/Private/a.jpg", True),
        ("Disallow: /p\nAllow: /p/a", "/p/a.jpg", True),
        ("Allow: /p\nDisallow: /p/a", "/p/a.jpg", False),
        ("Disallow: /p\nAllow: /p", "/p/a.jpg", True),  # of equals the one that allows
        ("Disallow: /*.gif$", "/x/a.gif", False),
        ("Disallow: /*.gif$", "/x/a.gif?size=2", True),
        ("Disallow: /a*b*c", "/a-b-b-c-d", False),
        ("Disallow: /a*b*c", "/a-c-b", True),
        ("Disallow: /$", "/", False),
        ("Disallow: /$", "/a", True),
        ("Disallow: *?id=", "/show?id=3", False),
        ("Disallow: /a%7Eb", "/a~b", False),
        ("Disallow: /caf\u00e9", "/caf%C3%A9.jpg", False),
        ("Disallow: /a%2fb", "/a%2Fb", False),
        ("Disallow: /a/b", "/a%2Fb", True),
        ("Dissallow: /", "/a", True),
    ],
)
def test_the_longest_pattern_that_fits_decides(rules, path, allowed):
    assert allows(f"User-agent: *\n{rules}\n", path) is allowed


GROUPS = """\ufeff# a comment
User-Agent: otherbot
User-agent: RealSyn/1.0   # that is us
Disallow: /both

Sitemap: https://host.example/map.xml
user-agent: *
disallow: /all

User-agent: realsyn
Disallow: /more
"""


def test_all_groups_that_name_us_hold_and_then_the_general_one_does_not():
    found = {path: allows(GROUPS, path) for path in ("/both", "/more", "/all")}
    assert found == {"/both": False, "/more": False, "/all": True}
    found = {path: allows(GROUPS, path, "somebot") for path in ("/both", "/more", "/all")}
    assert found == {"/both": True, "/more": True, "/all": False}


def test_a_group_that_names_us_and_says_nothing_allows_everything():
    assert allows("User-agent: *\nDisallow: /\nUser-agent: realsyn\nAllow:\n", "/a")


def test_a_hostile_pattern_costs_no_more_than_its_length():
    rules = "User-agent: *\nDisallow: /" + "a*" * 2000 + "b$"
    started = time.process_time()
    assert allows(rules, "/" + "a" * 8000)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("lines", [
    b"User-agent: *\n" * 5_000 + b"Disallow: /a\n" * 30_000,
    b"User-agent: *\n" * 20_000 + b"Disallow: /" + b"\xff" * 200_000,
    b"User-agent: *\n" + b"".join(b"Disallow: /*aaaaaaaaaaaaa%db\n" % n for n in range(20_000)),
    b"User-agent: *\n" + b"".join(b"Allow: /aaaaaaaaaaaaaaaa%db\n" % n for n in range(20_000)),
])  # fmt: skip
def test_half_a_megabyte_of_lines_is_read_and_asked_in_time(lines):
    started = time.process_time()
    rules = parse_robots(lines, "realsyn")
    assert time.process_time() - started < 2
    for _ in range(5):
        rules.allows("/" + "a" * 8_000)
    assert time.process_time() - started < 3


def test_more_wildcards_than_can_be_looked_for_allow_nothing():
    def rules(count: int) -> str:
        return "User-agent: *\n" + "".join(f"Disallow: /a*{n}\n" for n in range(count))

    assert allows(rules(1000), "/b")
    assert not allows(rules(1001), "/b")


@settings(max_examples=50)
@given(st.binary(max_size=300), st.text(max_size=50))
def test_whatever_a_server_sends_is_read(data, path):
    assert parse_robots(data, "realsyn").allows("/" + path) in (True, False)
