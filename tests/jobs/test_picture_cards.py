"""Cards of pictures: hostile texts stay text, broken pictures are told by their reason."""

import base64
import io
import re

import duckdb
import pytest
from PIL import Image

from jobs.picture_cards import Card, picture_cards
from realsyn_lib.config import load_config
from tests.encoded_picture import encoded

CONFIG = load_config("local")


def png(width: int, height: int) -> bytes:
    return encoded(Image.new("RGB", (width, height), (200, 30, 30)), "PNG")


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    """A picture, a file that is none, and one that was not fetched."""
    made = duckdb.connect()
    made.execute("CREATE TABLE image_bytes (image_id BIGINT, bytes BLOB)")
    made.executemany(
        "INSERT INTO image_bytes VALUES (?, ?)",
        [(1, png(640, 320)), (2, b"<svg onload=alert(1)>"), (3, None)],
    )
    return made


def test_a_picture_is_a_small_jpeg_of_its_own(connection):

    shown = picture_cards(connection, [Card(1, ("red.png",))], CONFIG)
    found = re.search(r"data:image/jpeg;base64,([^\"]+)", shown)
    assert Image.open(io.BytesIO(base64.b64decode(found.group(1)))).size == (128, 64)


def test_texts_from_pages_are_escaped(connection):
    hostile = '"><script>alert(1)</script>'
    shown = picture_cards(connection, [Card(1, (hostile, hostile))], CONFIG)
    assert "<script" not in shown and "&lt;script&gt;" in shown
    assert 'alt="&#34;&gt;&lt;script' in shown


def test_a_file_that_is_no_picture_and_one_without_bytes_are_told(connection):
    shown = picture_cards(connection, [Card(2, ("bad",)), Card(3, ("gone",))], CONFIG)
    assert "<em>not_an_image</em>" in shown or "<em>format_refused</em>" in shown
    assert "<em>no bytes</em>" in shown and "<svg" not in shown


def test_the_one_that_survives_is_marked(connection):
    shown = picture_cards(connection, [Card(1, ("a",), True), Card(1, ("b",))], CONFIG)
    assert shown.count("border-left") == 1
