"""What an export says of its own files: a list of SHA-256, and a marker that vouches for the list.

``_SHA256SUMS`` names every file but the two, in the form that ``sha256sum -c`` reads. ``_export.json``,
written last, holds the facts of the export, the digest of the list, and its own digest.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from realsyn_lib.errors import InputError

MARKER = "_export.json"  # readers of parquet folders pass over names that begin with _
SUMS = "_SHA256SUMS"
_OWN, _OF_SUMS = "sha256", "sums_sha256"
_LINE = re.compile(r"([0-9a-f]{64})  ([^/\n\\]+)")


def sums_text(digests: Mapping[str, str]) -> str:
    """Return the list: a line ``DIGEST  NAME`` for each file, by name."""
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))


def sums_of(text: str) -> dict[str, str]:
    """Return the digest of each file by its name.

    Raises:
        ValueError: a line that ``sums_text`` does not write.
    """
    digests = {}
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(f"{SUMS}: the line {line[:100]!r} is no digest and name")
        digests[found[2]] = found[1]
    return digests


def marker_bytes(facts: Mapping[str, Any], sums: str) -> bytes:
    """Return the marker of an export with these facts and this list."""
    told = {name: fact for name, fact in facts.items() if name != _OWN}
    told[_OF_SUMS] = hashlib.sha256(sums.encode()).hexdigest()
    return _json(told | {_OWN: hashlib.sha256(_json(told)).hexdigest()})


def marker_facts(place: str, data: bytes) -> dict[str, Any]:
    """Return what a marker tells, its digests among it.

    Raises:
        InputError: it is no marker, or not as it was written.
    """
    try:
        told = json.loads(data)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise InputError(f"{place}: {MARKER} is damaged or no marker of an export; export again")
    facts = {name: value for name, value in told.items() if name != _OWN}
    if _OWN in told and (
        told[_OWN] != hashlib.sha256(_json(facts)).hexdigest() or _json(told) != data
    ):
        raise InputError(f"{place}: {MARKER} is not as it was written; export again")
    return told


def damage_of_marker(data: bytes, sums: bytes | None) -> str | None:
    """Say what is wrong with a marker and the list that it vouches for; None where nothing is."""
    try:
        told = marker_facts("", data)
    except InputError:
        return f"{MARKER} is not as it was written"
    if _OWN not in told:
        return f"{MARKER} holds no digest: an older version wrote it"
    if sums is None:
        return f"{SUMS} is missing"
    if told.get(_OF_SUMS) != hashlib.sha256(sums).hexdigest():
        return f"{SUMS} is not as it was written"
    return None


def _json(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, sort_keys=True).encode()
