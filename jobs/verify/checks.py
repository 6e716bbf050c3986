"""All checks, in the order in which a finding explains those after it."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from jobs.faults import as_known_error
from jobs.published import Published
from jobs.spark_text import SPARK_FAULTS, spark_headline
from jobs.verify.accounting import accounting_checks
from jobs.verify.files import index_checks, release_checks, table_file_checks
from jobs.verify.finding import Finding
from jobs.verify.references import reference_checks
from jobs.verify.tables import key_checks, schema_checks
from jobs.verify.traces import trace_checks
from realsyn_lib.errors import RealSynError
from realsyn_lib.opt_out import OptOut

Check = tuple[str, Callable[[], str | None]]


def check_all(
    published: Published, listed: OptOut | None = None, exports: Sequence[str] = ()
) -> Iterator[Finding]:
    """Make every check; one that cannot be made is a finding, and the next one follows.

    ``listed``, ``exports``: what is looked for beside the requests of opt_out, and where else.
    """
    traces = partial(trace_checks, listed=listed, exports=exports)
    for checks in (
        table_file_checks, schema_checks, key_checks, accounting_checks, reference_checks,
        index_checks, release_checks, traces,
    ):  # fmt: skip
        for name, check in checks(published):
            yield Finding(name, _problem(check))


def _problem(check: Callable[[], str | None]) -> str | None:
    try:
        return check()
    except SPARK_FAULTS as error:
        return spark_headline(error)
    except (RealSynError, OSError) as error:
        return str(as_known_error(error, "reading"))
