"""Patterns in --input: the folder they start in, and the files below it that they name."""

from fnmatch import fnmatchcase
from urllib.parse import unquote

_LETTERS = frozenset("*?[")


def is_pattern(location: str) -> bool:
    """Tell whether a location has a letter of a pattern."""
    return not _LETTERS.isdisjoint(location)


def folder_and_pattern(location: str) -> tuple[str, str]:
    """Split a location before its first part with a letter of a pattern."""
    parts = location.split("/")
    first = next(number for number, part in enumerate(parts) if is_pattern(part))
    folder = "/".join(parts[:first])
    return folder or ("/" if location.startswith("/") else "."), "/".join(parts[first:])


def names_file(pattern: str, source: str) -> bool:
    """Tell whether a pattern names a file, or a folder above it.

    Args:
        pattern: parts as a shell has them (``*``, ``?``, ``[a-z]``), and ``**`` for any folders.
        source: the file's address relative to the pattern's folder, percent-encoded.
    """
    return _names(pattern.split("/"), unquote(source).split("/"))


def _names(pattern: list[str], names: list[str]) -> bool:
    if not pattern:
        return True  # the file itself, or one below a folder that the pattern names
    first, *rest = pattern
    if first == "**":
        return any(_names(rest, names[start:]) for start in range(len(names)))
    return bool(names) and fnmatchcase(names[0], first) and _names(rest, names[1:])
