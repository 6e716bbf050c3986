"""Addresses of pictures inside archives: they say where the bytes lie, so that nothing is scanned.

``shards/00000.tar?member=n014/cat.jpg&offset=1536&size=3021`` is a file of 3,021 bytes from byte 1,536
of ``shards/00000.tar`` on. ``&frame=2`` behind it is the third picture of a file that holds several.
"""

import re
from dataclasses import dataclass

ARCHIVES = (".tar",)
_NUMBER = r"(0|[1-9][0-9]{0,14})"
_QUERY = re.compile(
    rf"member=((?:[A-Za-z0-9_.~/\-]|%[0-9A-F]{{2}})+)&offset={_NUMBER}&size={_NUMBER}"
    r"(?:&frame=(0|[1-9][0-9]{0,3}))?"
)


@dataclass(frozen=True)
class Member:
    """A file inside an archive.

    Attributes:
        name: as the archive has it, percent-encoded; for people alone, it is not looked up.
        offset: of its first byte in the archive.
        size: in bytes.
        frame: which picture of a TIFF file, from 0; null where the whole file is meant.
    """

    name: str
    offset: int
    size: int
    frame: int | None = None


def member_url(archive: str, member: Member) -> str:
    """Return the address of a member by the canonical local address of its archive."""
    frame = "" if member.frame is None else f"&frame={member.frame}"
    return f"{archive}?member={member.name}&offset={member.offset}&size={member.size}{frame}"


def member_in(url: str) -> Member | None:
    """Return the member that a relative address names; null where it names a whole file."""
    path, _, query = url.partition("?")
    found = _QUERY.fullmatch(query) if is_archive(path) else None
    if found is None:
        return None
    name, offset, size, frame = found.groups()
    return Member(name, int(offset), int(size), None if frame is None else int(frame))


def is_archive(path: str) -> bool:
    """Tell by its ending a file that holds files."""
    return path.lower().endswith(ARCHIVES)
