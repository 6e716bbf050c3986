"""Which input format a tar archive holds, told from the names of its first members."""

import os
from collections.abc import Iterable
from itertools import islice
from typing import BinaryIO

from realsyn_lib.sources.samples import PICTURES, TEXTS
from realsyn_lib.sources.tar_walk import ForwardFile, TarFaultError, tar_members

_MEMBERS = 64  # looked at


def first_kinds(file: BinaryIO) -> frozenset[str]:
    """Return the endings, lower case, of the first members of an archive; of a broken one none."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    try:
        members = tar_members(ForwardFile(file, size, can_jump=True))
        names = [member.name for member in islice(members, _MEMBERS)]
    except TarFaultError:
        return frozenset()
    return frozenset(name.rsplit(".", 1)[-1].lower() for name in names if "." in name)


def formats_of_kinds(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the formats that samples of these endings may be in, the best first."""
    found = frozenset(kinds)
    if {"tiff", "json"} <= found:
        return ("mint1t",)
    if found.isdisjoint(PICTURES):
        return ()
    return ("images", "img2dataset") if found.isdisjoint(TEXTS) else ("img2dataset", "images")
