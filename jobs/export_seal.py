"""The last step of an export: digests of all its files, and the marker that says that it is whole."""

from collections.abc import Container, Mapping
from typing import Any

from jobs.export_place import exported_names
from realsyn_lib.errors import EnvironmentFault, InputError
from realsyn_lib.files import read_bytes, sha256_of, write_bytes
from realsyn_lib.release.checksums import MARKER, SUMS, marker_bytes, sums_of, sums_text


def seal_export(place: str, facts: Mapping[str, Any], digests: Mapping[str, str]) -> None:
    """Write ``_SHA256SUMS``, and last the marker, where they are not there as they should be.

    Args:
        place: folder or URI of the finished files.
        facts: what the marker tells of them.
        digests: SHA-256 by name, known from writing; the few small files beside them are read here.

    Raises:
        EnvironmentFault: a file that was written is not there.
    """
    names = exported_names(place)
    missing = sorted(digests.keys() - set(names))
    if missing:
        raise EnvironmentFault(
            f"export: {place}/{missing[0]} was written and is gone; run the same command again"
        )
    sums = sums_text({name: digests.get(name) or sha256_of(f"{place}/{name}") for name in names})
    for name, data in ((SUMS, sums.encode()), (MARKER, marker_bytes(facts, sums))):
        if read_bytes(f"{place}/{name}") != data:
            write_bytes(f"{place}/{name}", data)


def listed_digests(place: str) -> dict[str, str]:
    """Return the SHA-256 of an export's files by name, as its list tells them; none without a list.

    Raises:
        InputError: the list is damaged.
    """
    data = read_bytes(f"{place}/{SUMS}")
    try:
        return sums_of((data or b"").decode())
    except ValueError as error:
        raise InputError(f"{place}: {error}; export again") from error


def unlist(place: str, names: Container[str]) -> None:
    """Take files off the list before they are written anew: a kill leaves none with the digest of another."""
    listed = listed_digests(place)
    left = {name: digest for name, digest in listed.items() if name not in names}
    if left != listed:
        write_bytes(f"{place}/{SUMS}", sums_text(left).encode())
