"""One tier as files: parquet records, or webdataset shards; complete under its name, or not there."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import broadcast, col, expr, lit, pmod

from realsyn_lib.balance import hash_rank_sql
from realsyn_lib.config import ReleaseSettings
from realsyn_lib.errors import GateError, RealSynError
from realsyn_lib.files import remove_folder, replace_folder, write_bytes
from realsyn_lib.release.picture import PictureRules
from realsyn_lib.release.records import RECORD_COLUMNS
from realsyn_lib.release.shards import ShardStats, shard_count, sizes_json
from realsyn_lib.tables import IMAGE_BYTES, PAIRS, SAMPLES, Table
from udfs.write_records import FILES_DDL, write_records
from udfs.write_shards import SHARDS_DDL, write_shards

FORMATS = ("parquet", "webdataset")
MARKER = "_export.json"  # readers of parquet folders pass over names that begin with _


@dataclass(frozen=True)
class Release:
    """Reads the tables of a release at their published versions."""

    read: Callable[[Table], DataFrame]

    def tier(self, name: str) -> DataFrame:
        """Return the records of a tier with their image_id."""
        chosen = self.read(SAMPLES).where(col("tier") == name).select("image_id")
        return self.read(PAIRS).join(chosen, "image_id", "left_semi")


@dataclass(frozen=True)
class Exported:
    """Rows of a tier that its files hold, and those left out, by reason."""

    rows: int
    refused: dict[str, int]


def export_tier(
    release: Release, tier: str, form: str, place: str, settings: ReleaseSettings
) -> Exported:
    """Write a tier's files below ``place``, which is replaced as a whole.

    Raises:
        GateError: the tier has no rows.
        RealSynError: the files and what was left out of them are not the tier.
    """
    records = release.tier(tier)
    rows = records.count()
    if rows == 0:
        raise GateError(f"export: tier {tier} has no rows; see samples, or balance.tiers.{tier}")
    shards = shard_count(rows, settings.shard_rows)
    ranked = records.withColumn("rank", expr(hash_rank_sql(settings.seed, "image_id")))
    ranked = ranked.withColumn("shard_no", pmod(col("rank"), lit(shards)).cast("int"))
    partial = f"{place}.partial"
    remove_folder(partial)
    if form == "parquet":
        written = _write_parquet(ranked, shards, partial)
    else:
        written = _write_webdataset(release, ranked, shards, partial, settings)
    if written.rows + sum(written.refused.values()) != rows:
        raise RealSynError(
            f"export: tier {tier} has {rows} rows, its {form} files {written.rows} and "
            f"{written.refused} were refused; nothing was replaced: report it"
        )
    facts = {"tier": tier, "format": form, "rows": written.rows, "refused": written.refused}
    write_bytes(f"{partial}/{MARKER}", json.dumps(facts, sort_keys=True).encode())
    replace_folder(partial, place)
    return written


def _write_parquet(ranked: DataFrame, shards: int, place: str) -> Exported:
    columns = ["shard_no", "rank", "image_id", *RECORD_COLUMNS]
    laid = _laid_out(ranked.select(*columns), shards)
    facts = laid.mapInArrow(write_records(place, shards), FILES_DDL).collect()
    return Exported(sum(row["row_count"] for row in facts), {})


def _write_webdataset(
    release: Release, ranked: DataFrame, shards: int, place: str, settings: ReleaseSettings
) -> Exported:
    """Bytes are shuffled here, once: shards are in random order, which training wants."""
    files = release.read(IMAGE_BYTES).select("image_id", "bytes")
    columns = ["shard_no", "rank", "image_id", *RECORD_COLUMNS]
    with_bytes = files.join(broadcast(ranked.select(*columns)), "image_id")
    rules = PictureRules(settings.max_side_px, settings.jpeg_quality)
    laid = _laid_out(with_bytes, shards)
    rows = laid.mapInArrow(write_shards(place, rules), SHARDS_DDL).collect()
    stats = [
        ShardStats(
            row["name"], row["sample_count"], row["size_bytes"], row["sha256"], dict(row["refused"])
        )
        for row in sorted(rows, key=lambda row: row["shard_no"])
    ]
    write_bytes(f"{place}/sizes.json", sizes_json(stats))
    write_bytes(f"{place}/stats.json", json.dumps([vars(shard) for shard in stats]).encode())
    refused = sum((Counter(shard.refused) for shard in stats), Counter())
    return Exported(sum(shard.sample_count for shard in stats), dict(sorted(refused.items())))


def _laid_out(rows: DataFrame, shards: int) -> DataFrame:
    """All rows of a shard in one task, in the order in which they are written."""
    whole = rows.repartition(min(shards, 2000), "shard_no")
    return whole.sortWithinPartitions("shard_no", "rank", "image_id")


def train_command(place: str, samples: int, shards: Sequence[str]) -> str:
    """Return the open_clip command that trains on a webdataset export.

    Args:
        place: folder or URI of the export.
        samples: rows in all shards.
        shards: names of the shards without ``.tar``; one that got no row is not among them.
    """
    first, last = min(shards), max(shards)
    is_range = len(shards) == int(last) - int(first) + 1
    names = f"{first}..{last}" if is_range and first != last else ",".join(sorted(shards))
    braced = f"{{{names}}}" if first != last else names
    return (
        "python -m open_clip_train.main --dataset-type webdataset "
        f'--train-data "{place}/{braced}.tar" --train-num-samples {samples} '
        '--json-text-key "text1;text2;text3;syn_text" --json-text-key-probs 0.25 0.25 0.25 0.25 '
        "--dataset-resampled"
    )
