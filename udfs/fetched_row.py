"""What was fetched -> a row of the table ``image_bytes``."""

import hashlib
from typing import Any

from realsyn_lib.images.faults import printable
from udfs.fetched import Fetched

COLUMNS = (
    "image_id", "url", "content_id", "sha256", "size_bytes", "http_status", "bytes",
    "drop_reason", "detail",
)  # fmt: skip

Row = dict[str, Any]


def fetched_row(image_id: int, url: str, fetched: Fetched, opted_out: frozenset[str]) -> Row:
    """Return the row, with ``COLUMNS``, of one outcome.

    Of a file whose SHA-256 (lower-case hex) is in ``opted_out`` nothing stays that tells of it.
    """
    row: Row = dict.fromkeys(COLUMNS)
    row |= {"image_id": image_id, "url": url, "http_status": fetched.status}
    if fetched.body is None:
        detail = fetched.detail and printable(fetched.detail)
        return row | {"drop_reason": fetched.reason, "detail": detail}
    if not fetched.body:
        return row | {"size_bytes": 0, "drop_reason": "empty_file"}
    digest = hashlib.sha256(fetched.body)
    row |= {"sha256": digest.hexdigest(), "size_bytes": len(fetched.body)}
    if digest.hexdigest() in opted_out:
        return row | {"sha256": None, "size_bytes": None, "drop_reason": "opt_out"}
    # The first 8 bytes of the digest, as content_hash_id takes them; hashed once, not twice.
    content_id = int.from_bytes(digest.digest()[:8], "big", signed=True)
    return row | {"content_id": content_id, "bytes": fetched.body}
