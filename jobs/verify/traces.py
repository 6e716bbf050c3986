"""The bytes of all files of a warehouse, looked through for what requests name."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from pyarrow import fs

from jobs.export_places import exports_of, unfinished_exports
from jobs.forget.context import WORK
from jobs.opt_out_table import opt_out_in
from jobs.published import Published
from jobs.verify.places import files_below, plain, table_folder
from realsyn_lib.files import open_file_system
from realsyn_lib.opt_out import OptOut
from realsyn_lib.release.checksums import MARKER
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
    there += unfinished_exports(published.warehouse.files)
    seen = set()
    own = table_folder(published.warehouse, OPT_OUT.name)
    for folder in (*_folders(published), *there):
        for location in _below(folder):
            if location not in seen:
                seen.add(location)
                yield location, location.startswith(f"{own}/")


def _folders(published: Published) -> list[str]:
    warehouse = published.warehouse
    if not warehouse.is_catalog:
        return sorted({plain(warehouse.location), plain(warehouse.files)})
    tables = [
        table_folder(warehouse, table.name) for table in ALL_TABLES if warehouse.exists(table.name)
    ]
    return [*tables, plain(warehouse.files)]


def _below(folder: str) -> Iterator[str]:
    found = list(files_below(folder))
    names = {location for location, _info in found}
    for location, info in found:
        place = location.removesuffix(f"/{info.base_name}")
        is_card = info.base_name in _TELLING and f"{place}/{MARKER}" in names
        if not is_card and not info.base_name.endswith(".crc"):
            yield location
