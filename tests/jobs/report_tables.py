"""What the parts of a report need of a warehouse: rows of tables, and the last runs' metrics."""

from types import SimpleNamespace

from realsyn_lib.config import load_config
from tests.frames import frame


class ReportTables:
    """Tables in memory. ``metrics``: of the last finished run, by stage."""

    def __init__(self, spark, rows, metrics=None, settings=()):
        self._frames = {table.name: frame(spark, table, given) for table, given in rows.items()}
        self._metrics = metrics or {}
        self.config = load_config("local", list(settings))

    def has(self, table):
        return table.name in self._frames

    def read(self, table):
        return self._frames[table.name]

    def last_runs(self):
        return {name: SimpleNamespace(metrics=found) for name, found in self._metrics.items()}
