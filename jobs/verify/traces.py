"""The bytes of all files of a warehouse, looked through for what requests name."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from urllib.parse import unquote, urlsplit

from pyarrow import fs

from jobs.export_place import MARKER
from jobs.export_places import exports_of
from jobs.forget.context import WORK
from jobs.opt_out_table import opt_out_in
from jobs.published import Published
from realsyn_lib.files import open_file_system
from realsyn_lib.opt_out import OptOut
from realsyn_lib.tables import ALL_TABLES, OPT_OUT
from udfs.find_traces import FILES_DDL, TRACES_DDL, find_traces

_MOST_TASKS = 2000
_SHOWN = 5
_TELLING = ("README.md", "croissant.json")  # of an export: names and counts, no texts
Checks = Iterator[tuple[str, Callable[[], str | None]]]


def trace_checks(published: Published, listed: OptOut | None, exports: Sequence[str]) -> Checks:
    """No file holds what a request names; ``listed``: requests of a list, which may be in no table."""
    if published.has(OPT_OUT):
        known = opt_out_in(published.read(OPT_OUT))
        yield "no unfinished takedown", partial(_unfinished, published)
        if known:
            yield "no traces of opt_out", partial(_traces, published, known, exports)
    if listed is not None:
        yield "no traces of the list", partial(_traces, published, listed, exports)


def _unfinished(published: Published) -> str | None:
    place = f"{published.warehouse.files}/{WORK}"
    system, path = open_file_system(place)
    if system.get_file_info(path).type == fs.FileType.NotFound:
        return None
    return f"{place} is there: `realsyn forget` was ended before it was done; give the same command again"


def _traces(published: Published, opt_out: OptOut, exports: Sequence[str]) -> str | None:
    spark = published.warehouse.spark
    rows = list(_files(published, exports))
    tasks = min(len(rows), _MOST_TASKS)
    files = spark.createDataFrame(rows, FILES_DDL).repartition(max(1, tasks), "location")
    found = files.mapInArrow(find_traces(opt_out), TRACES_DDL)
    places = found.orderBy("location", "place").limit(_SHOWN + 1).collect()
    if not places:
        return None
    told = "; ".join(f"{row['location']} ({row['place']})" for row in places[:_SHOWN])
    more = ", and more" if len(places) > _SHOWN else ""
    return f"{told}{more}; run `realsyn forget` with the same list again"


def _files(published: Published, exports: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield the location of each file, and whether it is of the table opt_out."""
    there, _missing = exports_of(published.warehouse.files, list(exports))
    seen = set()
    own = _table_folder(published, OPT_OUT.name)
    for folder in (*_folders(published), *there):
        for location in _below(folder):
            if location not in seen:
                seen.add(location)
                yield location, location.startswith(f"{own}/")


def _folders(published: Published) -> list[str]:
    warehouse = published.warehouse
    if not warehouse.is_catalog:
        return sorted({_plain(warehouse.location), _plain(warehouse.files)})
    tables = [
        _table_folder(published, table.name) for table in ALL_TABLES if warehouse.exists(table.name)
    ]
    return [*tables, _plain(warehouse.files)]


def _table_folder(published: Published, name: str) -> str:
    warehouse = published.warehouse
    if not warehouse.is_catalog:
        return _plain(warehouse.where(name))
    return _plain(warehouse.handle(name).detail().select("location").collect()[0][0])


def _below(folder: str) -> Iterator[str]:
    system, path = open_file_system(folder)
    scheme, is_uri, _rest = folder.partition("://")
    found = system.get_file_info(fs.FileSelector(path, allow_not_found=True, recursive=True))
    names = {info.path for info in found}
    for info in found:
        if info.type != fs.FileType.File or info.base_name.endswith(".crc"):
            continue
        is_card = info.base_name in _TELLING and f"{info.path.rsplit('/', 1)[0]}/{MARKER}" in names
        if not is_card:
            yield f"{scheme}://{info.path}" if is_uri else info.path


def _plain(location: str) -> str:
    return unquote(urlsplit(location).path) if location.startswith("file:") else location
