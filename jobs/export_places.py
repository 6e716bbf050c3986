"""Where exports of a warehouse were written, so that what must leave it can leave them, too."""

import json

from realsyn_lib.errors import InputError
from realsyn_lib.files import is_file, subfolders
from realsyn_lib.generation.instructions import TASKS_FILE
from realsyn_lib.integrity.guarded_files import read_guarded, write_guarded
from realsyn_lib.release.checksums import MARKER
from realsyn_lib.release.unfinished import attempts, is_beside

EXPORTS = "exports.json"  # below the warehouse's files


def remember_export(files: str, place: str) -> None:
    """Add a place before anything is written there; once it is known, nothing changes."""
    known = remembered_exports(files)
    if place not in known:
        write_guarded(f"{files}/{EXPORTS}", json.dumps(sorted({*known, place}), indent=0) + "\n")


def remembered_exports(files: str) -> list[str]:
    """Return the places that exports were written to, there or not."""
    text = read_guarded(f"{files}/{EXPORTS}")
    return list(json.loads(text)) if text else []


def releases(files: str) -> list[str]:
    """Return the folders of the released files: tier after tier, format after format."""
    return [form for tier in subfolders(f"{files}/releases") for form in subfolders(tier)]


def is_export(place: str) -> bool:
    """Say whether a whole export lies at a place."""
    return is_file(f"{place}/{MARKER}")


def is_instruction_set(place: str) -> bool:
    """Say whether an export holds merge tasks, which are made anew where rows leave the tables."""
    return is_file(f"{place}/{TASKS_FILE}")


def unfinished_exports(files: str) -> list[str]:
    """Return the folders that exports of the warehouse were killed in, or are being written to."""
    own = [place for place in releases(files) if is_beside(place)]
    return [*own, *(one for place in remembered_exports(files) for one in attempts(place))]


def exports_of(files: str, more: list[str]) -> tuple[list[str], list[str]]:
    """Return the exports that there are, and the remembered places where there is none any more.

    Raises:
        InputError: one of ``more``, which the user names, is none.
    """
    for place in more:
        if not is_export(place):
            raise InputError(
                f"--export {place}: holds no {MARKER}, expected a folder that `realsyn export` wrote"
            )
    known = [place for place in remembered_exports(files) if place not in more]
    there = [place for place in known if is_export(place)]
    own = [place for place in releases(files) if is_export(place)]
    return [*own, *there, *more], [place for place in known if place not in there]
