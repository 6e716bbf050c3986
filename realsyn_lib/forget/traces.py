"""Traces of what requests name in a file: its bytes, and what they hold when they are decoded.

Parquet and Arrow files are read column by column, tars member by member, gzip as what it holds. Everything
else, and everything within, is looked through as text: a request is a digest, so the candidates are hashed.
"""

import gzip
import hashlib
import html
import io
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from realsyn_lib.files import open_seekable
from realsyn_lib.opt_out import OptOut
from realsyn_lib.sources.tar_walk import BLOCK, ForwardFile, TarFaultError, tar_members

CHUNK_BYTES = 4 * 2**20
_OVERLAP_BYTES = 8192  # the longest address
_ROWS = 4096
_MOST_LEVELS = 4  # an archive in an archive in ...
_PRINTABLE = re.compile(rb"[\x20-\x7e\xc2-\xf4\x80-\xbf]{4,}")
_NUMERIC_ESCAPE = re.compile(r"&#0*+([0-9]{0,8})[0-9]*+")
_PICTURE = re.compile(
    rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP|II\*\0|MM\0\*|BM|....ftypavi", re.DOTALL
)
_MOST_MEMBER_BYTES = (
    2**30
)  # of one file in a tar or gzip; what is longer is looked through in its first part


def traces_in(location: str, opt_out: OptOut) -> Iterator[str]:
    """Yield where in a file something stands that a request names: a column, a member, or empty for the file.

    One place is told once. Memory: a batch of rows, or the largest member of an archive.

    Args:
        location: path or URI.
        opt_out: the requests.

    Raises:
        OSError: the file cannot be read.
    """
    with open_seekable(location) as file:
        yield from dict.fromkeys(_traces(file, opt_out, 0))


def _traces(file: BinaryIO, opt_out: OptOut, level: int) -> Iterator[str]:
    head = file.read(BLOCK)
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if opt_out.sha256 and _sha256(file) in opt_out.sha256:
        yield "its bytes"
    file.seek(0)
    if head[:4] == b"PAR1" and size > 12:
        yield from _in_parquet(file, opt_out)
    elif head[:6] == b"ARROW1":
        yield from _in_batches(_arrow_batches(file), opt_out)
    elif head[257:262] == b"ustar":
        yield from _in_tar(file, size, opt_out, level)
    elif _PICTURE.match(head):
        return  # what a picture is told by was looked at: its bytes
    elif head[:2] == b"\x1f\x8b" and level < _MOST_LEVELS:
        with gzip.GzipFile(fileobj=file) as packed:
            inside = io.BytesIO(packed.read(_MOST_MEMBER_BYTES))
        yield from (f"gzip: {place}" for place in _traces(inside, opt_out, level + 1))
    else:
        yield from _in_text(file, opt_out)


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _in_text(file: BinaryIO, opt_out: OptOut) -> Iterator[str]:
    rest = b""
    while chunk := file.read(CHUNK_BYTES):
        text = b"\n".join(_PRINTABLE.findall(rest + chunk)).decode("utf-8", "replace")
        if opt_out.names_in(text) or ("&" in text and opt_out.names_in(_unescaped(text))):
            yield "text"
            return
        rest = chunk[-_OVERLAP_BYTES:]


def _unescaped(text: str) -> str:
    """Undo HTML's escapes; of a number without end, which Python does not read, eight digits say enough."""
    return html.unescape(_NUMERIC_ESCAPE.sub(r"&#\1", text))


def _in_tar(file: BinaryIO, size: int, opt_out: OptOut, level: int) -> Iterator[str]:
    archive = ForwardFile(file, size, can_jump=True)
    try:
        for member in tar_members(archive):
            if opt_out.names_in(member.name):
                yield "the name of a member"
            if level < _MOST_LEVELS:
                inside = io.BytesIO(archive.read(min(member.size, _MOST_MEMBER_BYTES)))
                for place in _traces(inside, opt_out, level + 1):
                    yield f"member {member.name.rsplit('.', 1)[-1]}: {place}"
    except TarFaultError as fault:
        yield f"unreadable: {fault}"


def _in_parquet(file: BinaryIO, opt_out: OptOut) -> Iterator[str]:
    try:
        parquet = pq.ParquetFile(file)
        for key, value in (parquet.schema_arrow.metadata or {}).items():
            if opt_out.names_in(f"{key!r} {value!r}"):
                yield "metadata"
        yield from _in_batches(parquet.iter_batches(_ROWS), opt_out)
    except (pa.ArrowInvalid, OSError) as error:
        yield f"unreadable: {str(error).splitlines()[0][:120]}"


def _arrow_batches(file: BinaryIO) -> Iterator[pa.RecordBatch]:
    with pa.ipc.open_file(file) as reader:
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)


def _in_batches(batches: Iterator[pa.RecordBatch], opt_out: OptOut) -> Iterator[str]:
    phashes = pa.array(sorted(opt_out.phashes), pa.int64())
    for batch in batches:
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            if _in_array(column, opt_out, phashes):
                yield f"column {name}"


def _in_array(column: pa.Array, opt_out: OptOut, phashes: pa.Array) -> bool:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _in_array(column.dictionary, opt_out, phashes)
    if pa.types.is_map(kind):
        return any(_in_array(part, opt_out, phashes) for part in (column.keys, column.items))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _in_array(column.flatten(), opt_out, phashes)
    if pa.types.is_struct(kind):
        return any(_in_array(part, opt_out, phashes) for part in column.flatten())
    if pa.types.is_int64(kind):
        return len(phashes) > 0 and bool(pc.any(pc.is_in(column, value_set=phashes)).as_py())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return any(opt_out.names_in(text) for text in pc.unique(column).to_pylist() if text)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return any(_named_bytes(value, opt_out) for value in _values(column))
    return False


def _values(column: Any) -> Iterator[bytes]:
    yield from (value.as_buffer() for value in column if value.is_valid)


def _named_bytes(value: Any, opt_out: OptOut) -> bool:
    """A picture is told by its digest; a short value may be text that another writer kept as bytes."""
    if opt_out.sha256 and hashlib.sha256(value).hexdigest() in opt_out.sha256:
        return True
    data = bytes(value[:_OVERLAP_BYTES]) if len(value) <= _OVERLAP_BYTES else b""
    return any(opt_out.names_in(run.decode("utf-8", "replace")) for run in _PRINTABLE.findall(data))
