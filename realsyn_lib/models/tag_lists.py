"""Lists of tags: text files with one tag a line, read in order and without repetition."""

import hashlib
from collections.abc import Iterable, Sequence

from realsyn_lib.errors import InputError, ModelError
from realsyn_lib.files import read_bytes
from realsyn_lib.resources import resource_path

COMMENT = "#"
MOST_TAG_LETTERS = 100
MOST_LIST_BYTES = 64 * 2**20


def read_tags(model: str, files: Sequence[str]) -> list[str]:
    """Return the tags of some lists one behind the other; of equal ones the first.

    Args:
        model: whose lists they are, for messages.
        files: paths or URIs, the same on every worker; a name without a slash lies in conf/tags.

    Raises:
        ModelError: a list is missing, is no UTF-8 text of short lines, or none has a tag.
    """
    tags = distinct_tags(tag for file in files for tag in _tags_of(model, file))
    if not tags:
        raise ModelError(f"model {model}: no tag in {', '.join(files)}; expected one a line")
    return tags


def parse_tags(text: str) -> list[str]:
    """Return the tags of a list's text: lines with single spaces; ``#`` begins a comment line.

    Raises:
        ValueError: a tag of more than ``MOST_TAG_LETTERS`` letters, or with control characters.
    """
    tags = [" ".join(line.split()) for line in text.splitlines()]
    for number, tag in enumerate(tags, start=1):
        if len(tag) > MOST_TAG_LETTERS or not tag.isprintable():
            raise ValueError(
                f"line {number} is no tag ({tag[:40]!r}): expected at most {MOST_TAG_LETTERS} letters"
            )
    return [tag for tag in tags if tag and not tag.startswith(COMMENT)]


def distinct_tags(tags: Iterable[str]) -> list[str]:
    """Return tags in order, of those that differ in case alone the first."""
    first: dict[str, str] = {}
    for tag in tags:
        first.setdefault(tag.casefold(), tag)
    return list(first.values())


def tags_digest(tags: Sequence[str]) -> str:
    """Return the hex SHA-256 of tags in their order."""
    return hashlib.sha256("\n".join(tags).encode()).hexdigest()


def _tags_of(model: str, file: str) -> list[str]:
    place = file if "/" in file else str(resource_path("conf", "tags") / file)
    try:
        data = read_bytes(place)
        if data is None or len(data) > MOST_LIST_BYTES:
            raise ValueError("no such file" if data is None else f"{len(data)} bytes")
        return parse_tags(data.decode("utf-8"))
    except (OSError, InputError, ValueError) as error:
        raise ModelError(
            f"model {model}: list of tags {place}: {error}; expected UTF-8 text, one tag a line"
        ) from error
