"""Samples: files that belong together by their names, inside an archive or beside one another.

The rule is webdataset's: a name up to the first dot of its last part is the key, the rest the kind, and
members of one key that follow one another are one sample.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from realsyn_lib.members import Member, is_archive, member_url
from realsyn_lib.sources.interleaved import BadRowError, json_in
from realsyn_lib.urls import MAX_URL_BYTES

PICTURES = ("avif", "bmp", "gif", "jpeg", "jpg", "png", "webp")
TEXTS = ("json", "txt")
_NAME = re.compile(r"((?:.*/)?[^./][^./]*)\.([^/]+)")


@dataclass(frozen=True)
class Kept:
    """A member that a sample keeps: where it is, and its bytes where they are text.

    ``offset`` is null where it is a file of its own, whose address is ``name``.
    """

    kind: str
    name: str
    offset: int | None
    size: int
    data: bytes | None = None


@dataclass(frozen=True)
class SampleLayout:
    """What a format makes of the files it finds.

    Attributes:
        kinds: endings, lower case, of the members that are kept; others are passed over.
        texts: those of them whose bytes are read with the sample.
        is_grouped: whether members of one key are one sample; else each is its own.
    """

    kinds: tuple[str, ...]
    texts: tuple[str, ...] = ()
    is_grouped: bool = True

    def place_of(self, name: str) -> tuple[str, str] | None:
        """Return key and kind of a (percent-encoded) name; null where it is passed over.

        Of ``a/b.seg.png`` they are ``a/b`` and ``seg.png``; ungrouped, the whole name and ``png``.
        """
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        key, kind = found.group(1), found.group(2).lower()
        if not self.is_grouped:
            key, kind = name, kind.rsplit(".", 1)[-1]
        return (key, kind) if kind in self.kinds else None


def is_sample_file(source: str) -> bool:
    """Tell the files that samples are found by: archives, and pictures that lie open."""
    return is_archive(source) or source.lower().endswith(tuple(f".{kind}" for kind in PICTURES))


def members_of(record: Mapping[str, Any]) -> dict[str, Kept]:
    """Return the members of a record by their kinds; of two of one kind the first."""
    found: dict[str, Kept] = {}
    for member in record["members"]:
        found.setdefault(member["kind"], Kept(**member))
    return found


def picture_in(members: Mapping[str, Kept]) -> Kept | None:
    """Return the picture of a sample; of several kinds the first in the order of ``PICTURES``."""
    return next((members[kind] for kind in PICTURES if kind in members), None)


def address_of(source: str, kept: Kept, frame: int | None = None) -> str:
    """Return the address of a member of the file ``source``, or of one picture of it.

    Raises:
        BadRowError: ``bad_url``, where it would be too long.
    """
    if kept.offset is None:
        return kept.name
    url = member_url(source, Member(kept.name, kept.offset, kept.size, frame))
    if len(url) > MAX_URL_BYTES:
        raise BadRowError("bad_url", f"an address of {len(url)} bytes")
    return url


def text_of(kept: Kept) -> str:
    """Return the text of a member whose bytes were read."""
    return (kept.data or b"").decode("utf-8", "replace")


def facts_of(kept: Kept | None) -> dict[str, Any]:
    """Return the object of a .json; an empty one where there is no file.

    Raises:
        BadRowError: ``bad_metadata``, where it is none.
    """
    if kept is None:
        return {}
    facts = json_in("json", text_of(kept))
    if not isinstance(facts, dict):
        raise BadRowError("bad_metadata", f"json is {type(facts).__name__}, expected an object")
    return facts


def size_of_sample(record: Mapping[str, Any]) -> int:
    """Return the bytes of a sample's texts."""
    return sum(len(member["data"] or b"") for member in record["members"] or ())
