"""64-bit content ids: one Python function and one Spark SQL expression for the same number."""

import hashlib


def content_hash_id(canonical: bytes | str) -> int:
    """Return the signed 64-bit id of a canonical form.

    Args:
        canonical: bytes, or text that is hashed as UTF-8 (lone surrogates are refused).

    Returns:
        The first 8 bytes, big-endian, of SHA-256, as a signed integer.

    Raises:
        UnicodeEncodeError: the text holds a lone surrogate; clean it first.
    """
    data = canonical.encode("utf-8") if isinstance(canonical, str) else canonical
    return int.from_bytes(hashlib.sha256(data).digest()[:8], "big", signed=True)


def content_hash_id_sql(column: str) -> str:
    """Return the Spark SQL expression that equals ``content_hash_id`` of ``column``.

    ``conv`` to base -10 reads the 16 hex digits as a signed number; null stays null.
    """
    return f"CAST(conv(left(sha2({column}, 256), 16), 16, -10) AS BIGINT)"
