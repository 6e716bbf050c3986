"""The published runs name the versions without what was taken out: one commit."""

from collections.abc import Mapping

from jobs.forget.context import Forgetting
from jobs.forget.merges import update_rows
from jobs.opt_out_table import FORGOTTEN
from jobs.other_sentences import SENTENCES_FROM
from realsyn_lib.stages import OWNER_OF, SENTENCE_STAGES, STAGES
from realsyn_lib.tables import ALL_TABLES, OPT_OUT, RUNS

_DDL = "run_id string, stage string, input_versions map<string,bigint>, output_versions map<string,bigint>"


def settle_heads(work: Forgetting) -> None:
    """Bring tables that a dead attempt has left ahead back to what is published.

    An attempt that nothing was published before stays: what goes on with it finds what is left.
    """
    for table in ALL_TABLES:
        published = None if table.control else work.ledger.published(table.name)
        if published is None or not work.has(table):
            continue
        commits = work.warehouse.commits(table.name, limit=1)
        if commits and not commits[0].holds(published):
            work.warehouse.restore(table.name, published)
            work.tell(f"{table.name}: what a dead run had left ahead is undone")


def name_new_versions(work: Forgetting, due: list[str]) -> None:
    """Publish the heads; ``due`` are the stages that the next run does again."""
    heads = _heads(work)
    rows = []
    for stage in STAGES:
        run = work.ledger.last_finished(stage.name)
        if run is not None:
            inputs, outputs = _moved(run.input_versions, heads), _moved(run.output_versions, heads)
            if OPT_OUT.name in inputs:
                inputs[OPT_OUT.name] = work.version
            if stage.name in due:
                inputs[FORGOTTEN] = 1
            rows.append((run.run_id, run.stage, inputs, outputs))
    same = "t.run_id = s.run_id AND t.stage = s.stage AND t.status = 'finished'"
    values = {name: f"s.{name}" for name in ("input_versions", "output_versions")}
    if rows:
        update_rows(work, RUNS, work.warehouse.spark.createDataFrame(rows, _DDL), same, values)


def _heads(work: Forgetting) -> dict[tuple[str, int], int]:
    """Return the newest version of each table, by its name and the version published so far."""
    found = {}
    for table in ALL_TABLES:
        published = None if table.control else work.ledger.published(table.name)
        if published is not None:
            found[table.name, published] = work.warehouse.commits(table.name, limit=1)[0].newest
    return found


def _moved(versions: Mapping[str, int], heads: Mapping[tuple[str, int], int]) -> dict[str, int]:
    if SENTENCES_FROM in versions:  # its tables of sentences are those of another warehouse
        own = {
            name: at for name, at in versions.items() if OWNER_OF.get(name) not in SENTENCE_STAGES
        }
        return {**versions, **_moved({k: v for k, v in own.items() if k != SENTENCES_FROM}, heads)}
    return {name: heads.get((name, version), version) for name, version in versions.items()}
