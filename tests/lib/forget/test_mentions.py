"""Does a text name what a request is about: by itself, not as part of another name."""

import hashlib
import re
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realsyn_lib.forget.mentions import MAX_TEXT_CHARS, hosts_in
from realsyn_lib.opt_out import OptOut
from realsyn_lib.urls import canonical_url


def digests(*values):
    return frozenset(hashlib.sha256(value.encode()).hexdigest() for value in values)


PICTURE = "https://ex.com/a.jpg"
ASKED = OptOut(
    urls=digests(PICTURE, "farm/images/duck%20one.jpg"),
    domains=digests("bad.example"),
    documents=digests("animals/koala.html", "https://ex.com/page?id=7"),
    sha256=frozenset({"ab" * 32}),
    phashes=frozenset({-3042821283494185510}),
)


@pytest.mark.parametrize(
    "text",
    [
        PICTURE,
        "See https://ex.com/a.jpg.",
        "(https://ex.com/a.jpg)",
        '{"url": "https://ex.com/a.jpg", "n": 1}',
        "url,https://ex.com/a.jpg,reason",
        "HTTPS://EX.com:443/a.jpg#top",
        "https://proxy.net/i?u=https%3A%2F%2Fex.com%2Fa.jpg&w=9",
        "https://proxy.net/https://ex.com/a.jpg",
        "read 'animals/koala.html' first",
        "https://ex.com/page?id=7",
        "farm/images/duck%20one.jpg",
        "mail to bad.example, please",
        "http://cdn.BAD.example:8080/x",
        "sha256 " + "AB" * 32,
        "phash=-3042821283494185510",
    ],
)
def test_a_value_is_found_where_it_stands_by_itself(text):
    assert ASKED.names_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A plain sentence. And another.",
        "https://ex.com/a.jpgx",
        "https://ex.com/a.jpg/2",
        "https://ex.com/a.jpg?big=1",
        "http://ex.com/a.jpg",
        "more-animals/koala.html",
        "notbad.example",
        "bad.example.net",
        "ab" * 33,
        "13042821283494185510",
        "https://ex.com/page?id=77",
    ],
)
def test_a_value_is_not_found_in_another_name(text):
    assert not ASKED.names_in(text)


def test_nothing_is_found_without_requests():
    assert not OptOut().names_in(PICTURE) and not OptOut()


@pytest.mark.parametrize("before", [0, 5, MAX_TEXT_CHARS - 10, MAX_TEXT_CHARS + 3])
def test_a_long_text_is_looked_through_to_its_end(before):
    assert ASKED.names_in("x " * (before // 2) + " " + PICTURE)


@given(
    path=st.text("abcXYZ019-._~/é ()'", min_size=1, max_size=30),
    left=st.sampled_from(["", " ", '"', "(", '<a href="', "see: ", "\n", ","]),
    right=st.sampled_from(["", " ", '"', ")", '">', ".", "\n", ", and"]),
)
def test_any_canonical_address_is_found_between_any_marks(path, left, right):
    url = canonical_url("https://host.example/" + quote(path, safe="/-._~'()"), "").url
    assert OptOut(urls=digests(url)).names_in(left + url + right)


# The plain pattern of a host: right, but it goes back over long runs again and again.
_PLAIN_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_\-]*[A-Za-z0-9_])?"
_PLAIN_HOST = re.compile(rf"{_PLAIN_LABEL}(?:\.{_PLAIN_LABEL})+")


@given(st.text("ab_-.é /", max_size=30))
def test_hosts_are_those_of_the_plain_pattern(text):
    text = f"/ {text}"  # a slash: else short texts are not looked at
    labels = [host.split(".") for host in _PLAIN_HOST.findall(text)]
    assert list(hosts_in(text)) == [".".join(one[n:]) for one in labels for n in range(len(one))]


@pytest.mark.parametrize("unit", ["a", "-", "a-", "a.", "http://"])
def test_a_long_run_of_anything_takes_a_time_by_its_length(unit):
    """A run of 2**18 letters took the square of its length: minutes."""
    text = "/" + unit * (2**18 // len(unit)) if len(unit) < 3 else unit * 2**11
    before = time.process_time()
    assert not ASKED.names_in(text)
    assert time.process_time() - before < 10


def test_a_host_is_no_longer_than_a_name_can_be():
    long = "a." * 200 + "bad.example"
    assert ASKED.names_in(f"see {long}")
    assert max(map(len, hosts_in(long))) == 253
