"""Archives and lines as crawlers and MMC4 publish them, made by code."""

import gzip
import io
import json
import zipfile
from collections.abc import Iterable

from fastwarc.stream_io import ZstdWriter, zstd_train_dictionary_from_samples

HTML = "text/html; charset=utf-8"


def response(
    url: str, body: bytes, kind: str = HTML, http: str = "", warc: str = "", status: str = "200 OK"
) -> bytes:
    """Return one response record; ``http`` and ``warc`` are further header lines, with their ends."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{http}\r\n".encode("latin-1")
    return record("response", f"WARC-Target-URI: {url}\r\n{warc}", head + body)


def record(kind: str, headers: str, block: bytes) -> bytes:
    """Return one WARC record."""
    media = "application/warc-fields" if kind == "warcinfo" else f"application/http; msgtype={kind}"
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\n{headers}WARC-Date: 2024-01-01T00:00:00Z\r\n"
        "WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000000>\r\n"
        f"Content-Type: {media}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode("latin-1") + block + b"\r\n\r\n"


def gzipped(records: Iterable[bytes]) -> bytes:
    """Compress each record as a member of its own, as web archives are."""
    return b"".join(gzip.compress(one, mtime=0) for one in records)


def zstandard(records: Iterable[bytes], dictionary: bool = False) -> bytes:
    """Compress each record as a frame of its own; the dictionary stands before the first."""
    parts = list(records)
    trained = None
    if dictionary:
        samples = [response(f"https://a.example/{n}", b"<p>Sample %d" % n) for n in range(300)]
        trained = zstd_train_dictionary_from_samples(samples, 4096)
    target = io.BytesIO()
    writer = ZstdWriter(target, dictionary=trained)
    for part in parts:
        writer.write(part)
        writer.finish()
    writer.flush()
    return target.getvalue()


def mmc4_row(url: str = "https://a.example/page", **changes: object) -> dict[str, object]:
    """Return one row of MMC4: three sentences, the first image matched to the last of them."""
    row: dict[str, object] = {
        "url": url,
        "text_list": ["The harbour is old.", "Boats wait for the tide.", "They leave at noon."],
        "image_info": [
            {"image_name": "b.jpg", "raw_url": "https://i.example/b.jpg", "matched_text_index": 2,
             "matched_sim": 0.27, "face_detections": None},
            {"image_name": "a.jpg", "raw_url": "https://i.example/a.jpg", "matched_text_index": 0,
             "matched_sim": 0.31, "face_detections": None},
        ],
        "similarity_matrix": [[0.2, 0.1, 0.27], [0.31, 0.2, 0.1]],
        "could_have_url_duplicate": 0,
    }  # fmt: skip
    return row | changes


def json_lines(*rows: object) -> bytes:
    """Return rows as lines."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def zipped(entries: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip of (name, bytes)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return target.getvalue()
