"""Digests among the metrics of a run, which are doubles."""

import hashlib
import json


def digest_as_float(value: object) -> float:
    """Return 52 bits of the digest of a value as JSON, which a double holds exactly."""
    text = json.dumps(value, sort_keys=True, default=str)
    return float(int(hashlib.sha256(text.encode()).hexdigest()[:13], 16))
