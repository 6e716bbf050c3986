"""What the functions of both dedup stages need of a stage, without a warehouse."""

from types import SimpleNamespace

from jobs.stage import Stage
from realsyn_lib.config import load_config
from realsyn_lib.stages import stage_named


class ScratchStage:
    """Working files in a folder; a table that is written is one of them; counts are kept.

    ``past``: metrics of the last finished run; ``refit``: what is fitted anew. ``finished`` makes
    the stage of the next run in the same folder.
    """

    frozen_figure = Stage.frozen_figure
    resumable = Stage.resumable

    def __init__(self, spark, folder, component_ids=10**6, settings=(), past=None, refit=()):
        self.spark, self.folder, self.made, self.metrics = spark, folder, [], {}
        self.conf = load_config("local", [f"batch.component_ids={component_ids}", *settings])
        self.config = self.conf
        self.spec, self.models = stage_named("dedup_sentences"), {"encoder": "of the test"}
        self.accounts, self.run, self.fitted = {}, 1, {}
        self.last, self.outputs = None if past is None else _run_of(past), {}
        self.ledger = SimpleNamespace(last_finished=lambda _name: self.last)
        self.attempt = _run_of({}, only_run=None, refit=frozenset(refit))
        self.progress = lambda _text: None

    def finished(self):
        """Publish what was written, and begin the next run."""
        self.last = _run_of(dict(self.metrics))
        self.run, self.metrics, self.made, self.accounts = self.run + 1, {}, [], {}
        return self

    def home_of(self, _table):
        return self.ledger

    def attempt_digest(self):
        return f"{self.run:013x}"

    def files(self, *parts):
        return str(self.folder.joinpath(*parts))

    def scratch(self, name, rows):
        self.made.append(name)
        rows.write.mode("overwrite").parquet(self.files(name))
        return self.spark.read.schema(rows.schema).parquet(self.files(name))

    def write(self, table, build):
        return self.scratch(table.name, build())

    def frozen(self, table, _fitted_by):
        """What an earlier run of the test has fitted, if it named it in ``fitted``."""
        return self.fitted.get(table.name)

    def account(self, entity, rows_in, outcomes):
        self.accounts[entity] = (rows_in, outcomes)


def _run_of(metrics, **more):
    """A run of one code and settings, in a folder where no table has a version."""
    versions = {"input_versions": {}, "output_versions": {}}
    return SimpleNamespace(config_digest="same", metrics=metrics, **versions, **more)
