"""Web archives (WARC, plain, in gzip or in zstd) -> the HTML pages that servers answered with."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from fastwarc.stream_io import ZstdReader
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from realsyn_lib.documents import Document, refused
from realsyn_lib.sources.encoding import as_utf8
from realsyn_lib.sources.html import parse_html
from realsyn_lib.sources.http_body import BodyError, content_of
from realsyn_lib.sources.interleaved import BadRowError, page_address
from realsyn_lib.sources.records import (
    GZIP_MARK,
    BoundedStream,
    FoundRecord,
    Gunzipped,
    Readable,
    RecordLimits,
    damaged,
    is_panic,
    told,
    too_large,
)
from realsyn_lib.urls import is_web

WARC_MARK = b"WARC/"
ZSTD_MARKS = (b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18")  # a frame; WARC's frame of a dictionary
_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_READ_AT_ONCE = 2**18


def read_warc(file: BinaryIO, limits: RecordLimits) -> Iterator[FoundRecord]:
    """Yield the pages of an archive: responses of status 200 whose content is HTML.

    Every record counts for the locator, from 1; those that are no page are passed over: requests,
    metadata, redirects, errors, pictures. Of a page the chunks are joined and the content codings
    undone, and the charset of its header is applied.

    Args:
        file: open for reading, at its start.
        limits: bounds of a page (as it was sent, and decoded) and of the whole.

    Returns:
        The pages. One that the crawler cut (WARC-Truncated) is ``truncated``. Where the file breaks
        off or cannot be read on, a last row says so (``damaged``), with the record's number.
    """
    stream = BoundedStream(_decompressed(file), limits.max_file_bytes)
    number, fault = 0, None
    try:
        for record in ArchiveIterator(stream, parse_http=False):  # type: ignore[arg-type]
            number += 1
            if not _is_sound(record):
                yield damaged(str(number), "no WARC-Type, or no number in Content-Length")
                return
            page = _page(record, str(number), limits)
            if not _is_whole(record, page):
                yield damaged(str(number), stream.fault or "the file ends inside the record")
                return
            if page is not None:
                yield page.found
    except OSError as error:
        fault = told(error)
    except BaseException as error:
        if not is_panic(error):
            raise
        fault = told(error)
    fault = stream.fault or fault
    if fault or number == 0:
        yield damaged(str(number + 1), fault or "no WARC record")


def parse_warc(source: str, locator: str, url: str | None, data: bytes) -> Document:
    """Read one page; its address is the record's, so that its images are on the web."""
    try:
        address = page_address(url or "")
        if not is_web(address):
            raise BadRowError("bad_url", "the record's WARC-Target-URI is no web address")
    except BadRowError as bad:
        return refused(source, locator, *bad.args)
    page = parse_html(source, address, data)
    if page.reason:
        return refused(source, locator, page.reason, page.detail)
    return Document(source, locator, address, page.title, page.items)


def _decompressed(file: BinaryIO) -> Readable:
    mark = file.read(4)
    file.seek(0)
    if mark.startswith(GZIP_MARK):
        return Gunzipped(file)
    if mark.startswith(ZSTD_MARKS):
        return ZstdReader(file)
    return file


def _is_sound(record: WarcRecord) -> bool:
    length = record.headers.get("Content-Length")
    return "WARC-Type" in record.headers and length is not None and length.strip().isdecimal()


class _Page(NamedTuple):
    """A page, and the bytes of its body that were read."""

    found: FoundRecord
    body_bytes: int = 0


def _page(record: WarcRecord, locator: str, limits: RecordLimits) -> _Page | None:
    """Return the page of a record, if it is one; the rest of its block is left unread."""
    if record.record_type != WarcRecordType.response or not record.is_http:
        return None
    size = record.content_length
    try:
        record.parse_http()
    except OSError as error:
        return _Page(FoundRecord(locator, reason="bad_record", detail=f"HTTP: {told(error)}"))
    if record.http_headers.status_code is None:
        return _Page(FoundRecord(locator, reason="bad_record", detail="no status of HTTP"))
    if record.http_headers.status_code != 200 or not _is_html(record):
        return None
    if size > limits.max_record_bytes:
        return _Page(too_large(locator, f"{size} bytes", limits))
    url = (record.headers.get("WARC-Target-URI") or "").strip("<>")  # WARC 1.0 had brackets
    cut = record.headers.get("WARC-Truncated")
    if cut is not None:
        detail = f"WARC-Truncated: {cut[:80]}"
        return _Page(FoundRecord(locator, url=url, reason="truncated", detail=detail))
    body = _read_up_to(record, record.content_length)  # what the head has left of the block
    return _Page(_decoded(record, locator, url, body, limits), len(body))


def _is_whole(record: WarcRecord, page: _Page | None) -> bool:
    """Read a record's block to its end; tell whether all of it was there."""
    wanted = record.content_length
    taken = page.body_bytes if page is not None else 0
    return taken + record.reader.consume() >= wanted


def _is_html(record: WarcRecord) -> bool:
    kinds = (record.http_content_type, record.headers.get("WARC-Identified-Payload-Type"))
    return any(kind is not None and kind.strip().lower() in _PAGE_TYPES for kind in kinds)


def _decoded(
    record: WarcRecord, locator: str, url: str, body: bytes, limits: RecordLimits
) -> FoundRecord:
    headers = record.http_headers
    transfer, codings = headers.get("Transfer-Encoding"), headers.get("Content-Encoding")
    try:
        content = content_of(body, transfer or "", codings or "", limits.max_record_bytes)
    except BodyError as bad:
        reason, detail = bad.args
        return FoundRecord(locator, url=url, reason=reason, detail=detail)
    return FoundRecord(locator, as_utf8(content, record.http_charset), url)


def _read_up_to(record: WarcRecord, size: int) -> bytes:
    body = bytearray()
    while len(body) < size:
        piece = record.reader.read(min(_READ_AT_ONCE, size - len(body)))
        if not piece:
            break
        body += piece
    return bytes(body)
