"""The list of a takedown: what it may look like, and what is told of a wrong line."""

import hashlib

import pytest

from realsyn_lib.errors import InputError
from realsyn_lib.forget.requests import Request, opt_out_of, parse_list

WHERE = "--list x.csv"


def test_values_are_brought_to_the_spelling_of_the_tables():
    data = (
        b"\xef\xbb\xbfkind,value,reason\n"
        b'url,HTTP://Ex.com:80/a b.jpg?utm_source=x,"a, quoted reason"\n'
        b"\n"
        b"domain,*.B\xc3\xbccher.example\n"
        b"document,./animals/../farm/duck.html\n"
        b"SHA256," + b"AB" * 32 + b"\n"
        b"phash,ff00ff00ff00ff00\n"
        b"phash,-5\n"
        b"url,http://ex.com/a%20b.jpg\n"
    )
    assert parse_list(data, WHERE) == [
        Request("url", "http://ex.com/a%20b.jpg", None, "a, quoted reason"),
        Request("domain", "xn--bcher-kva.example", None, None),
        Request("document", "farm/duck.html", None, None),
        Request("sha256", "ab" * 32, None, None),
        Request("phash", "ff00ff00ff00ff00", -0x00FF00FF00FF0100, None),
        Request("phash", "-5", -5, None),
    ]


def test_what_is_kept_of_a_value_is_its_digest():
    url, file, look = parse_list(b"url,a.jpg\nsha256," + b"cd" * 32 + b"\nphash,7\n", WHERE)
    assert url.value_sha256 == hashlib.sha256(b"a.jpg").hexdigest()
    assert file.value_sha256 == "cd" * 32
    assert (look.value_sha256, look.phash) == (None, 7)
    asked = opt_out_of([url, file, look])
    assert asked.covers_url("a.jpg") and asked.phashes == {7} and asked.sha256 == {"cd" * 32}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "holds no entry"),
        (b"kind,value\n", "holds no entry"),
        (b"url,a.jpg\nurl\n", "line 2: 1 cells, expected two or three"),
        (b"url,a.jpg,why,more\n", "line 1: 4 cells"),
        (b"kind,value\nperson,Jo\n", "line 2: kind 'person' is unknown"),
        (b"url,\n", "line 1: the value is empty"),
        (b"url,/etc/passwd\n", "line 1: '/etc/passwd' is no address (absolute path)"),
        (b"url,ftp://a.net/x\n", "line 1: 'ftp://a.net/x' is no address"),
        (b"document,../up.html\n", "leaves the input folder"),
        (b"domain,https://a.net/\n", "line 1: 'https://a.net/' is no domain"),
        (b"domain,a b\n", "is no domain"),
        (b"sha256,abc\n", "'abc' is no SHA-256"),
        (b"phash,zz\n", "'zz' is no phash"),
        (b"phash,9223372036854775808\n", "is no phash"),
        (b"phash,1234567890123456\n", "may be hex or a number"),
        (b'url,"a.jpg\n', "line 1: unexpected end of data"),
        (b"url,a.jpg\nurl,\xff\n", "line 2: no UTF-8 text"),
        (b"url," + b"a" * 20_000 + b"\n", "more than 16384 characters"),
    ],
)
def test_a_wrong_list_is_refused_with_its_line(data, told):
    with pytest.raises(InputError) as refused:
        parse_list(data, WHERE)
    assert str(refused.value).startswith(WHERE) and told in str(refused.value)


def test_the_bounds_of_a_phash_are_read():
    low, high = parse_list(b"phash,-9223372036854775808\nphash,9223372036854775807\n", WHERE)
    assert (low.phash, high.phash) == (-(2**63), 2**63 - 1)
    assert parse_list(b"phash,0x1234567890123456\n", WHERE)[0].phash == 0x1234567890123456
