"""Which input format a file holds, told from its first bytes, its columns, or its first lines."""

import json
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from fastwarc.stream_io import ZstdReader

from realsyn_lib.sources.formats import FORMATS, columns_in_words, has_columns
from realsyn_lib.sources.json_lines import ZIP_MARK, read_json_lines
from realsyn_lib.sources.mmc4 import MMC4_KEYS
from realsyn_lib.sources.recognise_tar import first_kinds, formats_of_kinds
from realsyn_lib.sources.records import (
    BROKEN,
    GZIP_MARK,
    BoundedStream,
    Gunzipped,
    Readable,
    RecordLimits,
    told,
)
from realsyn_lib.sources.warc import WARC_MARK, ZSTD_MARKS

_HEAD_BYTES = 1024
_ROWS, _LINES = 20, 20  # looked at
_LIMITS = RecordLimits(max_record_bytes=2**24, max_file_bytes=2**26)
_PARQUET_MARK = b"PAR1"
_SAMPLE_BYTES = 2**20
_IMG2DATASET_KEYS = frozenset(("key", "status", "url"))
_PICTURE_MARKS = (
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"GIF8",
    b"RIFF",
    b"BM",
    b"\0\0\0\x1cftyp",
    b"\0\0\0 ftyp",
)
_OTHERS = (  # what people have beside documents
    (b"%PDF", "a PDF"), (b"ARROW1", "an Arrow file"), (b"ORC", "an ORC file"), (b"Obj\x01", "an Avro file"),
)  # fmt: skip


class Seen(NamedTuple):
    """What a file looks like.

    Attributes:
        formats: names of the formats that fit it, the best first.
        words: what was seen, as in "FILE has the columns ...".
        is_certain: the file is what ``words`` say, and so none of a format that is not named. Not
            so for a broken file: that is for the reader to name, record by record.
    """

    formats: tuple[str, ...]
    words: str
    is_certain: bool = True


def look_at(file: BinaryIO) -> Seen:
    """Look at the beginning of a file, for parquet at its columns and first rows.

    Args:
        file: open for reading and seekable.
    """
    head = _head(file)
    if head.startswith(_PARQUET_MARK):
        return _parquet(file)
    if head.startswith(ZIP_MARK):
        return _lines(file, "a zip")
    is_compressed = head.startswith((GZIP_MARK, *ZSTD_MARKS))
    plain = _plain_head(file, head) if is_compressed else head
    if plain.startswith(WARC_MARK):
        return Seen(("warc",), "holds WARC records")
    if plain.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return _sample(file) or _lines(file, "a file")
    if plain[257:262] == b"ustar":
        return _tar(file, is_compressed)
    if b"<html" in plain.lower() or plain.lower().lstrip().startswith((b"<!doctype", b"<")):
        return Seen(("html",), "begins like an HTML page")
    if plain.startswith(_PICTURE_MARKS):
        return Seen(("images", "img2dataset"), "is a picture")
    for mark, words in _OTHERS:
        if plain.startswith(mark):
            return Seen((), f"is {words}")
    return Seen((), f"begins with {plain[:12]!r}" if plain else "has no bytes", is_certain=False)


def formats_of(columns: pa.Schema) -> tuple[str, ...]:
    """Return the names of the table formats whose columns are all there."""
    tables = ((name, form.columns) for name, form in FORMATS.items())
    return tuple(name for name, wanted in tables if wanted and has_columns(columns, wanted))


def that_is(formats: tuple[str, ...]) -> str:
    """Return the end of a sentence that names them; empty where there are none."""
    return f": that is {' or '.join(formats)}" if formats else ""


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(_HEAD_BYTES)


def _plain_head(file: BinaryIO, head: bytes) -> bytes:
    file.seek(0)
    stream: Readable = Gunzipped(file) if head.startswith(GZIP_MARK) else ZstdReader(file)
    return BoundedStream(stream, _HEAD_BYTES).read(_HEAD_BYTES)


def _tar(file: BinaryIO, is_compressed: bool) -> Seen:
    if is_compressed:
        return Seen((), "is a compressed tar archive, which cannot be read in places: unpack it")
    kinds = first_kinds(file)
    shown = ", ".join(sorted(kinds)[:12])[:200]
    return Seen(formats_of_kinds(kinds), f"is a tar archive of {shown or 'no'} files", bool(kinds))


def _parquet(file: BinaryIO) -> Seen:
    try:
        table = pq.ParquetFile(file)
        columns = table.schema_arrow
        formats = formats_of(columns)
        if {"obelics", "mint1t"} <= set(formats):
            formats = _by_metadata(table)
    except (pa.ArrowInvalid, *BROKEN) as error:
        return Seen((), f"is no readable parquet file ({told(error)})", is_certain=False)
    return Seen(formats, f"has the columns {columns_in_words(columns)}")


def _by_metadata(table: pq.ParquetFile) -> tuple[str, ...]:
    """Return OBELICS and MINT-1T, whose columns are the same, the likelier first.

    OBELICS has one entry of metadata for each slot, as a JSON list. Where rows are like that, both
    ways of reading give the same images and sentences, and OBELICS's the alt texts as well.
    """
    batches = table.iter_batches(batch_size=_ROWS, columns=["images", "metadata"])
    rows: list[dict[str, Any]] = next((batch.to_pylist() for batch in batches), [])
    fitting = sum(_has_entries(row["metadata"], row["images"]) for row in rows)
    return ("obelics", "mint1t") if fitting * 2 >= len(rows) else ("mint1t", "obelics")


def _has_entries(metadata: str | None, images: list[str | None] | None) -> bool:
    try:
        entries = json.loads(metadata or "")
    except (ValueError, RecursionError):
        return False
    return isinstance(entries, list) and len(entries) == len(images or [])


def _sample(file: BinaryIO) -> Seen | None:
    """Tell the .json that img2dataset writes beside a picture, over many lines."""
    file.seek(0)
    data = file.read(_SAMPLE_BYTES)
    try:
        facts = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if isinstance(facts, dict) and facts.keys() >= _IMG2DATASET_KEYS:
        return Seen(("img2dataset",), "is the .json of a sample of img2dataset")
    return None


def _lines(file: BinaryIO, what: str) -> Seen:
    """Look at the first lines, of which one may be broken."""
    file.seek(0)
    keys: tuple[str, ...] = ()
    for record in islice(read_json_lines(file, _LIMITS), _LINES):
        try:
            row = json.loads(record.data or b"")
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict) and set(MMC4_KEYS) <= row.keys():
            return Seen(("mmc4",), f"is {what} of lines of MMC4")
        if isinstance(row, dict):
            keys = keys or tuple(row)
    if keys:
        shown = ", ".join(keys[:12])[:200]
        return Seen((), f"is {what} of JSON objects with the keys {shown}")
    return Seen((), f"is {what} without a line that is a JSON object", is_certain=False)
