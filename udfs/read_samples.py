"""Archives and open picture files -> the samples in them: names, places, and the bytes of texts alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from pyarrow import fs

from realsyn_lib.files import open_file_system
from realsyn_lib.members import is_archive
from realsyn_lib.sources.samples import Kept, SampleLayout
from realsyn_lib.sources.tar_walk import STREAM_BYTES, ForwardFile, TarFaultError, tar_members

Batches = Iterator[pa.RecordBatch]
Row = dict[str, Any]
SCHEMA_DDL = (
    "source string, locator string, reason string, detail string, "
    "members array<struct<kind: string, name: string, offset: bigint, size: bigint, data: binary>>"
)
_MEMBER = pa.struct(
    [("kind", pa.string()), ("name", pa.string()), ("offset", pa.int64()), ("size", pa.int64()),
     ("data", pa.binary())]
)  # fmt: skip
_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("source", "locator", "reason", "detail")]
    + [("members", pa.list_(_MEMBER))]
)
_MOST_MEMBERS = 1000  # of one sample
_ROWS_AT_ONCE, _BYTES_AT_ONCE = 1024, 8 * 2**20


def read_samples(layout: SampleLayout, max_bytes: int) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function of files (source, path, size_bytes, reason) -> ``SCHEMA_DDL``.

    An archive is read once from its beginning to its end: on a local disk its headers and texts alone, on an
    object store, where each jump is a request, as a stream. A sample whose texts have more than ``max_bytes``
    is ``document_too_large``; an archive that cannot be read on ends in a row that says where. A task holds
    one sample's texts and a batch of some 8 MB.
    """

    def read(batches: Batches) -> Batches:
        rows: list[Row] = []
        held = 0
        for file in (file for batch in batches for file in batch.to_pylist()):
            for row in _samples_of(file, layout, max_bytes):
                rows.append(row)
                held += sum(len(member["data"] or b"") + 200 for member in row["members"])
                if len(rows) == _ROWS_AT_ONCE or held >= _BYTES_AT_ONCE:
                    yield pa.RecordBatch.from_pylist(rows, schema=_SCHEMA)
                    rows, held = [], 0
        if rows:
            yield pa.RecordBatch.from_pylist(rows, schema=_SCHEMA)

    return read


def _samples_of(file: Row, layout: SampleLayout, max_bytes: int) -> Iterator[Row]:
    source, path, size = file["source"], file["path"], int(file["size_bytes"])
    if file["reason"]:
        yield _refused(source, "", file["reason"], None)
    elif not is_archive(source):
        yield _open_sample(source, path, size, layout, max_bytes)
    else:
        yield from _samples_in(source, path, size, layout, max_bytes)


def _samples_in(
    source: str, path: str, size: int, layout: SampleLayout, max_bytes: int
) -> Iterator[Row]:
    """Yield the samples of an archive, numbered from 0, and after them what kept it from being read on."""
    number = 0
    try:
        with _forward(path, size) as archive:
            for sample in _grouped(archive, layout, max_bytes):
                yield sample.row(source, number, max_bytes)
                number += 1
    except (TarFaultError, OSError) as error:
        detail = str(getattr(error, "strerror", None) or error)[:200]
        yield _refused(source, str(number), "unreadable", detail)


@dataclass
class _Sample:
    """The members found so far under one key, and how many bytes of text."""

    key: str
    members: list[Kept] = field(default_factory=list)
    count: int = 0
    text_bytes: int = 0

    def takes(self, text_bytes: int, max_bytes: int) -> bool:
        """Count one more member; one too many, and nothing of the sample is held any more."""
        self.count += 1
        self.text_bytes += text_bytes
        if self._is_too_large(max_bytes):
            self.members.clear()
        return not self._is_too_large(max_bytes)

    def _is_too_large(self, max_bytes: int) -> bool:
        return self.text_bytes > max_bytes or self.count > _MOST_MEMBERS

    def row(self, source: str, number: int, max_bytes: int) -> Row:
        """Return the sample as a row."""
        if self._is_too_large(max_bytes):
            detail = f"{self.text_bytes} bytes of text in {self.count} members of {self.key[:200]}"
            return _refused(source, str(number), "document_too_large", detail)
        return _row(source, str(number), self.members)


def _grouped(archive: ForwardFile, layout: SampleLayout, max_bytes: int) -> Iterator[_Sample]:
    """Yield each sample once it is known to be whole: by the first member of another, or the end."""
    sample: _Sample | None = None
    for member in tar_members(archive):
        place = layout.place_of(member.name)
        if place is None:
            continue
        key, kind = place
        if sample is not None and sample.key != key:
            yield sample
            sample = None
        sample = sample or _Sample(key)
        is_text = kind in layout.texts
        if sample.takes(member.size if is_text else 0, max_bytes):
            data = archive.read(member.size) if is_text else None
            sample.members.append(Kept(kind, member.name, member.offset, member.size, data))
        if not layout.is_grouped:
            yield sample
            sample = None
    if sample is not None:
        yield sample


def _open_sample(source: str, path: str, size: int, layout: SampleLayout, max_bytes: int) -> Row:
    """Return the sample of a picture that lies open: with the texts beside it that have its name."""
    members = [Kept(source.rsplit(".", 1)[-1].lower(), source, None, size)]
    held = 0
    try:
        for kind in layout.texts:
            data = _beside(path, kind, max_bytes - held)
            if data is not None:
                held += len(data)
                members.append(Kept(kind, source, None, len(data), data))
    except OSError as error:
        return _refused(source, "", "unreadable", str(error.strerror or error)[:200])
    if held > max_bytes:
        return _refused(source, "", "document_too_large", f"more than {max_bytes} bytes of text")
    return _row(source, "", members)


def _beside(path: str, kind: str, max_bytes: int) -> bytes | None:
    """Return a text of a picture's name, one byte too much where it is too long; null where there is none."""
    system, inner = open_file_system(f"{path.rsplit('.', 1)[0]}.{kind}")
    try:
        with system.open_input_stream(inner) as stream:
            return bytes(stream.read(max_bytes + 1))
    except FileNotFoundError:
        return None


@contextmanager
def _forward(path: str, size: int) -> Iterator[ForwardFile]:
    system, inner = open_file_system(path)
    if isinstance(system, fs.LocalFileSystem):
        with open(inner, "rb") as file:
            yield ForwardFile(file, size, can_jump=True)
        return
    with system.open_input_stream(inner, buffer_size=STREAM_BYTES) as stream:
        yield ForwardFile(stream, size, can_jump=False)


def _row(source: str, locator: str, members: list[Kept]) -> Row:
    return {
        "source": source,
        "locator": locator,
        "reason": None,
        "detail": None,
        "members": [vars(member) for member in members],
    }


def _refused(source: str, locator: str, reason: str, detail: str | None) -> Row:
    return {**_row(source, locator, []), "reason": reason, "detail": detail}
