"""The published tables of a report, each opened once however many parts read it."""

from dataclasses import dataclass, field

from pyspark.sql import DataFrame

from jobs.published import Published
from realsyn_lib.tables import Table


@dataclass(frozen=True)
class ReadOnce(Published):
    """Keeps the frames of tables: Delta looks for a version anew each time it is asked for it."""

    _frames: dict[str, DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def read(self, table: Table) -> DataFrame:
        """Read a table as ``Published`` does, the second time as it was opened the first time."""
        if table.name not in self._frames:
            self._frames[table.name] = super().read(table)
        return self._frames[table.name]


def read_once(published: Published) -> ReadOnce:
    """Return the same tables to be read by many."""
    return ReadOnce(published.warehouse, published.ledger, published.config)
