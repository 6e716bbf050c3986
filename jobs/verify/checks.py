"""All checks, in the order in which a finding explains those after it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from jobs.faults import as_known_error
from jobs.published import Published, published_in
from jobs.spark_text import SPARK_FAULTS, spark_headline
from jobs.verify.accounting import accounting_checks
from jobs.verify.beside_tables import index_parts, kept_parts, missing_indexes, small_parts
from jobs.verify.damage import Part, find_damage
from jobs.verify.exports import export_parts
from jobs.verify.finding import Finding
from jobs.verify.references import reference_checks
from jobs.verify.table_files import FILES, LOG, data_part, log_parts
from jobs.verify.tables import key_checks, schema_checks
from jobs.verify.traces import trace_checks
from jobs.warehouse import Warehouse
from realsyn_lib.config import Config
from realsyn_lib.errors import RealSynError
from realsyn_lib.opt_out import OptOut
from realsyn_lib.tables import RUNS

_AT_ONCE = 8
_FAULTS = (*SPARK_FAULTS, RealSynError, OSError)


@dataclass(frozen=True)
class Asked:
    """What is to be checked.

    Attributes:
        listed: requests that are looked for beside those of opt_out.
        exports: folders of exports beside those that are remembered.
        files_only: whether files are read under their checksums, and nothing else is done.
    """

    listed: OptOut | None = None
    exports: Sequence[str] = ()
    files_only: bool = False


def check_all(warehouse: Warehouse, config: Config, asked: Asked) -> Iterator[Finding]:
    """Make every check; one that cannot be made is a finding, and the next one follows.

    Files come first: a table with a damaged one is read no further, since Hadoop would move such a
    file out of the table when it met it.
    """
    logs = find_damage(warehouse.spark, log_parts(warehouse))
    yield from logs
    published = None
    if RUNS.name not in _damaged(logs):
        published = published_in(warehouse, config, _damaged(logs))
        runs = find_damage(warehouse.spark, [data_part(published, RUNS)])
        yield from runs
        published = None if _damaged(runs) else published
    files = find_damage(warehouse.spark, _parts(warehouse, published, asked.exports))
    yield from files
    if published is None:
        yield Finding(
            "what is published", f"{RUNS.name} is damaged, so it cannot be told or checked"
        )
    elif not asked.files_only:
        sound = replace(published, damaged=published.damaged | _damaged(files))
        yield from _content(sound, asked)


def _parts(
    warehouse: Warehouse, published: Published | None, exports: Sequence[str]
) -> Iterator[Part]:
    """Yield all files but the logs and those of ``runs``."""
    looks: list[tuple[str, Callable[[], Iterable[Part]]]] = []
    last = published.last_runs() if published is not None else {}
    if published is not None:
        others = [table for table in published.tables() if table != RUNS]
        with ThreadPoolExecutor(_AT_ONCE) as pool:  # each asks Delta for a version, and waits
            asked = [(table.name, pool.submit(data_part, published, table)) for table in others]
        looks += [(f"{FILES}{name}", partial(_alone, part)) for name, part in asked]
        looks.append(("index files", partial(missing_indexes, published)))
    files = warehouse.files
    looks += [
        ("index files", partial(index_parts, files)),
        ("kept files", partial(kept_parts, files, last)),
        ("small files", partial(small_parts, files)),
        ("exports", partial(export_parts, files, last.get("publish_release"), exports)),
    ]
    for name, look in looks:
        try:
            yield from look()
        except _FAULTS as error:
            yield Part(name, [], "see the other findings", _told(error))


def _alone(part: Future[Part]) -> list[Part]:
    return [part.result()]


def _content(published: Published, asked: Asked) -> Iterator[Finding]:
    """What the tables say, held against declarations, accounts, one another and requests."""
    traces = partial(trace_checks, listed=asked.listed, exports=asked.exports)
    for checks in (schema_checks, key_checks, accounting_checks, reference_checks, traces):
        for name, check in checks(published):
            yield Finding(name, _problem(check))


def _damaged(findings: Sequence[Finding]) -> frozenset[str]:
    """Return the names of the tables that findings tell of."""
    wrong = [finding.check for finding in findings if finding.problem is not None]
    return frozenset(
        check.removeprefix(kind)
        for check in wrong
        for kind in (LOG, FILES)
        if check.startswith(kind)
    )


def _problem(check: Callable[[], str | None]) -> str | None:
    try:
        return check()
    except _FAULTS as error:
        return _told(error)


def _told(error: Exception) -> str:
    if isinstance(error, SPARK_FAULTS):
        return spark_headline(error)
    return str(as_known_error(error, "reading"))
