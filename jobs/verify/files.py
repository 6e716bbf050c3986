"""Files: those of the published table versions, index files and releases."""

import hashlib
import json
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import unquote, urlsplit

from pyarrow import fs

from jobs.published import Published
from realsyn_lib.files import open_file_system, read_text
from realsyn_lib.tables import Table

_INDEXED = ("words", "sentence_centroids", "image_centroids")
_AT_ONCE = 1000
_CHUNK_BYTES = 2**22
Checks = Iterator[tuple[str, Callable[[], str | None]]]


def table_file_checks(published: Published) -> Checks:
    """Every file that a published version consists of is there."""
    for table in published.tables():
        yield f"files of {table.name}", partial(_table_files, published, table)


def index_checks(published: Published) -> Checks:
    """Every index file has the digest in its name; what is published has its index file."""
    folder = f"{published.warehouse.files}/indexes"
    infos = _listed(folder)
    for info in infos:
        yield f"index file {info.base_name}", partial(_named_digest, folder, info.base_name)
    names = [info.base_name for info in infos]
    for name in _INDEXED:
        if published.ledger.published(name) is not None:
            found = any(file.startswith(f"{name}-") for file in names)
            problem = None if found else f"no file of it in {folder}; run its stage with --force"
            yield f"index file of {name}", partial(_told, problem)


def release_checks(published: Published) -> Checks:
    """Every webdataset shard of a release has the digest that its export stated."""
    folder = f"{published.warehouse.files}/releases"
    for tier in _listed(folder):
        place = f"{folder}/{tier.base_name}/webdataset"
        text = read_text(f"{place}/sizes.json")
        for name in json.loads(text) if text else ():
            yield f"release {tier.base_name}, {name}", partial(_shard_is_sound, place, name)


def _table_files(published: Published, table: Table) -> str | None:
    paths = published.read(table).inputFiles()
    for start in range(0, len(paths), _AT_ONCE):
        located = [open_file_system(_plain(path)) for path in paths[start : start + _AT_ONCE]]
        system = located[0][0]
        for info in system.get_file_info([path for _system, path in located]):
            if info.type != fs.FileType.File or not info.size:
                return f"{info.path} is missing or empty; restore it from a backup, or run again with --force"
    return None


def _plain(path: str) -> str:
    """Spark writes local files as escaped URIs."""
    return unquote(urlsplit(path).path) if path.startswith("file:") else path


def _named_digest(folder: str, name: str) -> str | None:
    stated = name.rsplit(".", 1)[0].rsplit("-", 1)[-1]
    return _digest_is(f"{folder}/{name}", stated)


def _digest_is(location: str, stated: str) -> str | None:
    """Compare a file's SHA-256 with a digest or the beginning of one."""
    system, path = open_file_system(location)
    digest = hashlib.sha256()
    with system.open_input_stream(path) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    found = digest.hexdigest()
    if found.startswith(stated):
        return None
    return f"SHA-256 is {found[: len(stated)]}, expected {stated}; run its stage again with --force"


def _shard_is_sound(place: str, name: str) -> str | None:
    """Compare a shard with the digest in its own counts."""
    counts = f"{place}/{name.removesuffix('.tar')}_stats.json"
    text = read_text(counts)
    if text is None:
        return f"{counts} is missing; run publish_release again with --force"
    return _digest_is(f"{place}/{name}", json.loads(text)["sha256"])


def _listed(folder: str) -> list[fs.FileInfo]:
    system, path = open_file_system(folder)
    if system.get_file_info(path).type != fs.FileType.Directory:
        return []
    found = system.get_file_info(fs.FileSelector(path))
    return sorted(
        (info for info in found if not info.base_name.startswith((".", "_"))),
        key=lambda info: info.base_name,
    )


def _told(problem: str | None) -> str | None:
    return problem
