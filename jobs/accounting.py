"""Accounting: rows in = kept + dropped + quarantined, counted from committed files."""

from collections.abc import Callable, Mapping

from pyspark.sql import DataFrame
from pyspark.sql.functions import count, lit, max_by, struct
from pyspark.sql.functions import max as max_of
from pyspark.sql.functions import sum as sum_of

from jobs.ledger import FunnelRow
from realsyn_lib.errors import ContractError, GateError, RealSynError
from realsyn_lib.reasons import DROPPED, QUARANTINED
from realsyn_lib.tables import Table


def count_outcomes(frame: DataFrame, table: Table) -> dict[str | None, int]:
    """Return rows by ``drop_reason``; None is kept, or all where the table has no reasons."""
    if "drop_reason" not in table.names:
        return {None: frame.count()}
    rows = frame.groupBy("drop_reason").count().collect()
    return {row["drop_reason"]: row["count"] for row in rows}


def count_unique(frame: DataFrame, table: Table, stage: str) -> dict[str | None, int]:
    """Return rows by ``drop_reason``, and prove that no key occurs twice, in one pass.

    Reads the key columns and the reason only.

    Raises:
        ContractError: names a key that does. The stage stops before it publishes.
    """
    reason = max_of("drop_reason") if "drop_reason" in table.names else lit(None).cast("string")
    keys = frame.groupBy(*table.key).agg(count(lit(1)).alias("rows"), reason.alias("drop_reason"))
    worst = max_by(struct(*table.key, "rows"), "rows").alias("worst")
    found = keys.groupBy("drop_reason").agg(sum_of("rows").alias("rows"), worst).collect()
    for row in found:
        if row["worst"]["rows"] > 1:
            key = ", ".join(f"{name} {row['worst'][name]}" for name in table.key)
            raise ContractError(
                f"{table.name}, written by {stage}: key ({key}) occurs {row['worst']['rows']} times, "
                "expected once; nothing was published: report it with the stage's inputs"
            )
    return {row["drop_reason"]: row["rows"] for row in found}


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


def check_gate(
    stage: str, rows: list[FunnelRow], max_quarantine_share: float,
    example: Callable[[str], str] = lambda _reason: "",
) -> None:  # fmt: skip
    """Stop a stage whose result of one entity is empty, or whose input is mostly broken.

    Args:
        stage: name of the stage.
        rows: what ``funnel_rows`` gave for the entity.
        max_quarantine_share: largest share of the rows that may be broken, 0..1.
        example: words about one row with a reason; nothing of a stopped stage is published, so
            the message has to show it.

    Raises:
        GateError: names the entity, the shares, the reasons and an example.
    """
    entity = rows[0].entity
    total = _total(rows, "in")
    reasons = sorted((row for row in rows if row.drop_reason), key=lambda row: -row.row_count)
    told = ", ".join(f"{row.row_count} {row.drop_reason}" for row in reasons)
    broken = [row for row in reasons if row.outcome == "quarantined"]
    share = _total(rows, "quarantined") / total if total else 0.0
    if share > max_quarantine_share:
        worst = str(broken[0].drop_reason)
        raise GateError(
            f"{stage}: {share:.0%} of {total} {entity}s went to quarantine ({told}){example(worst)}; "
            f"expected at most {max_quarantine_share:.0%}; mend the input or raise "
            "checks.max_quarantine_share"
        )
    if _total(rows, "kept") == 0:
        why = f" ({told}){example(str(reasons[0].drop_reason))}" if reasons else ""
        raise GateError(
            f"{stage}: no {entity} was kept of {total}{why}; expected at least one; name more input, "
            "or loosen the settings of the rule"
        )


def _total(rows: list[FunnelRow], outcome: str) -> int:
    return sum(row.row_count for row in rows if row.outcome == outcome)
