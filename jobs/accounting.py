"""Accounting: rows in = kept + dropped + quarantined, counted from committed files."""

from collections.abc import Mapping

from pyspark.sql import DataFrame

from jobs.ledger import FunnelRow
from realsyn_lib.errors import GateError, RealSynError
from realsyn_lib.reasons import DROPPED, QUARANTINED


def count_outcomes(frame: DataFrame) -> dict[str | None, int]:
    """Return rows by ``drop_reason``; None is kept. At most one row for each known word."""
    rows = frame.groupBy("drop_reason").count().collect()
    return {row["drop_reason"]: row["count"] for row in rows}


def funnel_rows(
    stage: str, entity: str, rows_in: int, outcomes: Mapping[str | None, int]
) -> list[FunnelRow]:
    """Turn outcomes into funnel rows.

    Raises:
        RealSynError: the identity does not hold, or a reason is in no closed list.
    """
    unknown = [
        word for word in outcomes if word and word not in DROPPED and word not in QUARANTINED
    ]
    total = sum(outcomes.values())
    if unknown or total != rows_in:
        raise RealSynError(
            f"{stage}, {entity}: {rows_in} rows in, but {total} rows out by reason {dict(outcomes)}"
            f"{', unknown reason ' + unknown[0] if unknown else ''}; nothing was published: report it"
        )
    rows = [FunnelRow(entity, "in", None, rows_in)]
    rows.append(FunnelRow(entity, "kept", None, outcomes.get(None, 0)))
    for word in sorted(filter(None, outcomes)):
        outcome = "dropped" if word in DROPPED else "quarantined"
        rows.append(FunnelRow(entity, outcome, word, outcomes[word]))
    return rows


def check_gates(stage: str, rows: list[FunnelRow], max_quarantine_share: float) -> None:
    """Stop a stage whose result is empty or whose input is mostly broken.

    Raises:
        GateError: names the entity, the share and the commonest reason.
    """
    for entity in dict.fromkeys(row.entity for row in rows):
        of_entity = [row for row in rows if row.entity == entity]
        total = _total(of_entity, "in")
        lost = [row for row in of_entity if row.outcome == "quarantined"]
        share = sum(row.row_count for row in lost) / total if total else 0.0
        if share > max_quarantine_share:
            worst = max(lost, key=lambda row: row.row_count)
            raise GateError(
                f"{stage}: {share:.0%} of {total} {entity}s went to quarantine, most of them "
                f"{worst.drop_reason}; expected at most {max_quarantine_share:.0%}; mend the input or "
                "raise checks.max_quarantine_share"
            )
        if _total(of_entity, "kept") == 0:
            raise GateError(
                f"{stage}: no {entity} was kept of {total}; see drop_reason in its tables, or funnel"
            )


def _total(rows: list[FunnelRow], outcome: str) -> int:
    return sum(row.row_count for row in rows if row.outcome == outcome)
