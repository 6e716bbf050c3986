"""The table opt_out as the set that extraction and fetching ask."""

from jobs.ledger import Ledger
from realsyn_lib.opt_out import OptOut
from realsyn_lib.tables import OPT_OUT


def opt_out_version(ledger: Ledger) -> dict[str, int]:
    """Version of opt_out: a new request is a changed input of the stages that honour it."""
    here = ledger.warehouse.exists(OPT_OUT.name)
    commits = ledger.warehouse.commits(OPT_OUT.name, limit=1) if here else []
    return {OPT_OUT.name: commits[0].version if commits else 0}


def load_opt_out(ledger: Ledger, version: int) -> OptOut:
    """Collect the requests; they grow with people who ask, not with the data."""
    rows = ledger.warehouse.read(OPT_OUT, version).select("kind", "value_sha256", "phash").collect()
    values = {
        kind: [row for row in rows if row.kind == kind] for kind in ("url", "domain", "document")
    }
    return OptOut(
        urls=frozenset(row.value_sha256 for row in values["url"]),
        domains=frozenset(row.value_sha256 for row in values["domain"]),
        documents=frozenset(row.value_sha256 for row in values["document"]),
        sha256=frozenset(row.value_sha256 for row in rows if row.kind == "sha256"),
        phashes=frozenset(row.phash for row in rows if row.kind == "phash"),
    )
