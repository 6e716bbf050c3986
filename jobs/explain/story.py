"""What every story is made of: lines by stage, and rows looked up by id."""

from dataclasses import dataclass, field

from pyspark.sql import Row
from pyspark.sql.functions import col, lit

from jobs.published import Published
from realsyn_lib.reasons import DROPPED, FALLBACK, QUARANTINED
from realsyn_lib.stages import OWNER_OF
from realsyn_lib.tables import Table
from realsyn_lib.text_table import one_line

MAX_LINE_CHARS = 600
_MEANINGS = {**DROPPED, **QUARANTINED, **FALLBACK}


@dataclass
class Story:
    """Lines of text, each under the stage that it is about."""

    published: Published
    lines: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, stage: str, text: str) -> None:
        """Add a line; text of the web cannot move the cursor or fill the screen."""
        self.lines.append((stage, one_line(text, MAX_LINE_CHARS)))

    def has(self, table: Table) -> bool:
        """Say whether a table can be read; where not, the story says why it stops there."""
        if self.published.has(table):
            return True
        owner = OWNER_OF[table.name]
        self.tell(owner, "has not run yet")
        return False

    def rows(self, table: Table, key: str, value: object, order: str | None = None) -> list[Row]:
        """Return the rows of a table whose ``key`` has a value; at most a hundred."""
        found = self.published.read(table).where(col(key) == lit(value))
        return found.orderBy(order or key).limit(100).collect()

    def text(self) -> str:
        """Return the lines, the stage named where it changes."""
        width = max((len(stage) for stage, _line in self.lines), default=0)
        shown, before = [], None
        for stage, line in self.lines:
            shown.append(f"{stage if stage != before else '':{width}}  {line}")
            before = stage
        return "\n".join(shown)


def reason_text(reason: str, detail: str | None = None) -> str:
    """Return a reason with its meaning, and what was seen."""
    seen = f" ({detail})" if detail else ""
    return f"{reason}: {_MEANINGS.get(reason, 'no meaning is known')}{seen}"
