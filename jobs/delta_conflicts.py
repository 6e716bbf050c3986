"""How Delta tells that another commit came first.

Its classes in Python are asked for their names alone: of Delta 4.0 the same arrives as Java's own error.
"""

from collections.abc import Sequence

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

REFUSED = (PySparkException, Py4JJavaError)
ROWS_CHANGED = (
    "ConcurrentAppendException", "ConcurrentDeleteDeleteException", "ConcurrentDeleteReadException",
    "ConcurrentWriteException",
)  # fmt: skip
"""Words of an error: rows that a commit rests on are no longer as it has read them."""
TABLE_MADE = (
    "ALREADY_EXISTS", "NON_EMPTY_LOCATION", "TABLE_NOT_FOUND", "ConcurrentWriteException",
    "MetadataChangedException", "ProtocolChangedException",
)  # fmt: skip
"""Words of an error: the table was created by another, or is just now, and not yet found by all."""


def tells_of(error: Exception, conflict: Sequence[str]) -> bool:
    """Say whether an error of ``REFUSED`` is of a kind of conflict."""
    text = f"{type(error).__name__}: {error}"
    return any(word in text for word in conflict)
