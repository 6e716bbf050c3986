"""Ids: the first eight bytes of SHA-256 as a signed number, in Python and in SQL."""

import hashlib

import pytest

from realsyn_lib.ids import content_hash_id, content_hash_id_sql

TEXTS = [
    "",
    "a",
    "The old barn burned down last week.",
    "héron",
    "鷺",
    "🐔",
    "a\x00b",
    " a ",
    "A" * 5000,
]


def test_the_id_of_a_known_text_is_that_of_its_published_digest():
    """SHA-256 of "abc" begins ba7816bf 8f01cfea (FIPS 180-2, appendix B.1)."""
    assert content_hash_id("abc") == 0xBA7816BF8F01CFEA - 2**64
    assert content_hash_id("") == 0xE3B0C44298FC1C14 - 2**64


def test_text_is_hashed_as_utf8():
    assert content_hash_id("héron") == content_hash_id("héron".encode())
    assert content_hash_id("héron") != content_hash_id("héron".encode("latin-1"))


@pytest.mark.parametrize("text", TEXTS)
def test_an_id_fits_a_signed_bigint(text):
    number = content_hash_id(text)
    assert -(2**63) <= number < 2**63
    assert number.to_bytes(8, "big", signed=True) == hashlib.sha256(text.encode()).digest()[:8]


def test_a_lone_surrogate_has_no_id():
    with pytest.raises(UnicodeEncodeError):
        content_hash_id("\ud800")


@pytest.mark.spark
def test_sql_gives_the_same_ids_and_null_for_null(spark):
    rows = spark.createDataFrame([(text,) for text in [*TEXTS, None]], "text string")
    found = rows.selectExpr("text", f"{content_hash_id_sql('text')} AS id").collect()
    expected = {text: content_hash_id(text) for text in TEXTS} | {None: None}
    assert {row.text: row.id for row in found} == expected


@pytest.mark.spark
def test_sql_hashes_bytes_as_python_does(spark):
    data = bytes(range(256))
    rows = spark.createDataFrame([(bytearray(data),)], "bytes binary")
    assert rows.selectExpr(content_hash_id_sql("bytes")).collect()[0][0] == content_hash_id(data)
