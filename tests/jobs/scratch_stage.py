"""What the functions of both dedup stages need of a stage, without a warehouse."""

from types import SimpleNamespace

from realsyn_lib.config import load_config


class ScratchStage:
    """Working files in a folder; a table that is written is one of them; counts are kept.

    ``finished`` makes the stage of the next run in the same folder.
    """

    def __init__(self, spark, folder, component_ids=10**6, settings=()):
        self.spark, self.folder, self.made, self.metrics = spark, folder, [], {}
        self.conf = load_config("local", [f"batch.component_ids={component_ids}", *settings])
        self.spec = SimpleNamespace(name="dedup_sentences")
        self.accounts, self.run, self.last = {}, 1, None
        self.attempt = SimpleNamespace(config_digest="same", only_run=None, refit=frozenset())
        self.ledger = SimpleNamespace(last_finished=lambda _stage: self.last)
        self.progress = lambda _text: None

    def finished(self):
        """Publish what was written, and begin the next run."""
        self.last = SimpleNamespace(config_digest="same", metrics=dict(self.metrics))
        self.run, self.metrics, self.made, self.accounts = self.run + 1, {}, [], {}
        return self

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

    def account(self, entity, rows_in, outcomes):
        self.accounts[entity] = (rows_in, outcomes)
