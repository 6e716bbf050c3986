"""The table opt_out as the set that extraction, fetching and filtering of images ask."""

from pyspark.sql import DataFrame

from jobs.ledger import Ledger
from jobs.stage import Stage
from realsyn_lib.opt_out import OptOut
from realsyn_lib.tables import OPT_OUT


def opt_out_version(ledger: Ledger) -> dict[str, int]:
    """Version of opt_out: a new request is a changed input of the stages that honour it."""
    here = ledger.warehouse.exists(OPT_OUT.name)
    commits = ledger.warehouse.commits(OPT_OUT.name, limit=1) if here else []
    return {OPT_OUT.name: commits[0].version if commits else 0}


FORGOTTEN = "forgotten"  # in a run's input_versions: it rests on rows that were taken out since


def load_opt_out(stage: Stage) -> OptOut:
    """Collect the requests at the version that a stage was started for.

    They grow with people who ask, not with the data.
    """
    return opt_out_in(stage.read(OPT_OUT))


def opt_out_in(requests: DataFrame) -> OptOut:
    """Collect rows of the table opt_out as one set."""
    return OptOut.of(map(tuple, requests.select("kind", "value_sha256", "phash").collect()))
