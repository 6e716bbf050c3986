"""SHA-256 digests as people write them."""

import re

_SHA256 = re.compile(r"[0-9a-f]{64}")


def sha256_in(text: str) -> str | None:
    """Return the digest that a text is, 64 hex digits in lower case; null where it is none."""
    lower = text.lower()
    return lower if _SHA256.fullmatch(lower) else None
