"""One tier as files: parquet records, or webdataset shards; complete under its name, or not there."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from pyspark.sql import DataFrame
from pyspark.sql.functions import broadcast, col, lit

from jobs.compat import by_number
from jobs.export_place import written_whole
from jobs.export_seal import seal_export
from jobs.shard_numbers import ShardNumbers, shard_numbers
from realsyn_lib.config import ImageSettings, ReleaseSettings
from realsyn_lib.errors import GateError, RealSynError
from realsyn_lib.files import write_bytes
from realsyn_lib.release.picture import PictureRules
from realsyn_lib.release.records import RECORD_COLUMNS
from realsyn_lib.release.shards import ShardStats, index_digits, shard_count, sizes_json
from realsyn_lib.release.unfinished import Unfinished
from realsyn_lib.release.webdataset import ShardLayout, stats_json
from realsyn_lib.tables import IMAGE_BYTES, PAIRS, SAMPLES, Table
from udfs.guarded_decode import ChildLimits
from udfs.write_records import FILES_DDL, write_records
from udfs.write_shards import SHARDS_DDL, ShardWork, write_shards

FORMATS = ("parquet", "webdataset")
# Ids that are broadcast to pass over other images before their bytes are moved; with more, the
# bytes of other images are moved too, and passed over by the writers.
_MOST_BROADCAST_IDS = 20_000_000


@dataclass(frozen=True)
class Release:
    """Reads the tables of a release at their published versions."""

    read: Callable[[Table], DataFrame]

    def ids(self, tier: str) -> DataFrame:
        """Return the ``image_id`` of each row of a tier."""
        return self.read(SAMPLES).where(col("tier") == tier).select("image_id")

    def records(self, tier: str) -> DataFrame:
        """Return the records of a tier with their ``image_id``."""
        records = self.read(PAIRS).select("image_id", *RECORD_COLUMNS)
        return records.join(self.ids(tier), "image_id", "left_semi")


@dataclass(frozen=True)
class ExportSettings:
    """How files are laid out, and how pictures are decoded on the way."""

    release: ReleaseSettings
    images: ImageSettings
    limits: ChildLimits


@dataclass(frozen=True)
class Exported:
    """Rows of a tier that its files hold, those left out, by reason, and the number of shards.

    ``digests``: SHA-256 of the files that tasks wrote, by name.
    """

    rows: int
    refused: dict[str, int]
    shards: int
    digests: dict[str, str] = field(default_factory=dict, repr=False)


def export_tier(
    release: Release,
    tier: str,
    form: str,
    place: str,
    settings: ExportSettings,
    describe: Callable[[str, Exported], None] = lambda _folder, _written: None,
) -> Exported:
    """Write a tier's files below ``place``, which is replaced as a whole.

    ``describe`` may add files that tell of the others, before they get their place.

    Raises:
        GateError: the tier has no rows.
        InputError: what lies at the place is not ours.
        EnvironmentFault: the place cannot be written to.
        RealSynError: the files and what was left out of them are not the tier.
    """
    rows = release.ids(tier).count()
    if rows == 0:
        raise GateError(f"export: tier {tier} has no rows; see samples, or balance.tiers.{tier}")
    shards = shard_count(rows, settings.release.shard_rows)
    numbers = shard_numbers(
        release.ids(tier), rows, settings.release.shard_rows, settings.release.seed
    )
    with written_whole(place) as export:
        if form == "parquet":
            written = _write_parquet(release, tier, numbers, shards, export)
        else:
            few = rows <= _MOST_BROADCAST_IDS
            frame = _with_files(release, tier, numbers, few)
            written = _write_webdataset(frame, shards, export, settings)
        if written.rows + sum(written.refused.values()) != rows:
            raise RealSynError(
                f"export: tier {tier} has {rows} rows, its {form} files {written.rows} and "
                f"{written.refused} were refused; nothing was replaced: report it"
            )
        describe(export.folder, written)
        facts = {"tier": tier, "format": form, "rows": written.rows, "refused": written.refused}
        seal_export(export.folder, facts, written.digests)
    return written


def _write_parquet(
    release: Release, tier: str, numbers: ShardNumbers, shards: int, export: Unfinished
) -> Exported:
    numbered = by_number(numbers.of(release.records(tier)), shards, "shard_no")
    laid = numbered.sortWithinPartitions("shard_no", "rank")
    facts = laid.mapInArrow(write_records(export, shards), FILES_DDL).collect()
    digests = {row["name"]: row["sha256"] for row in facts}
    return Exported(sum(row["row_count"] for row in facts), {}, len(facts), digests)


def _with_files(release: Release, tier: str, numbers: ShardNumbers, few: bool) -> DataFrame:
    """Return records and image files as rows of one frame: nothing is joined, bytes move once."""
    files = release.read(IMAGE_BYTES).where(col("bytes").isNotNull())
    files = files.select("image_id", "bytes", "sha256")
    if few:
        files = files.join(broadcast(release.ids(tier)), "image_id", "left_semi")
    texts = {name: lit(None).cast("string") for name in RECORD_COLUMNS}
    nothing = {"bytes": lit(None).cast("binary"), "sha256": lit(None).cast("string")}
    records = numbers.of(release.records(tier)).withColumns(nothing)
    return records.unionByName(numbers.of(files).withColumns(texts))


def _write_webdataset(
    frame: DataFrame, shards: int, export: Unfinished, settings: ExportSettings
) -> Exported:
    laid = by_number(frame, shards, "shard_no").sortWithinPartitions(
        "shard_no", "rank", col("sha256").isNotNull()
    )
    work = ShardWork(
        _pictures(settings.release, settings.images), settings.limits, _layout(settings.release)
    )
    rows = laid.mapInArrow(write_shards(export, work), SHARDS_DDL).collect()
    stats = [
        ShardStats(**{name: row[name] for name in ShardStats.__dataclass_fields__})
        for row in sorted(rows, key=lambda row: row["shard_no"])
    ]
    count = sum(shard.sample_count for shard in stats)
    write_bytes(f"{export.folder}/sizes.json", sizes_json(stats))
    write_bytes(f"{export.folder}/__len__", f"{count}\n".encode())
    refused = sum((Counter(shard.refused) for shard in stats), Counter())
    return Exported(count, dict(sorted(refused.items())), len(stats), _digests(stats))


def _digests(stats: list[ShardStats]) -> dict[str, str]:
    """Return the SHA-256 of the three files of each shard."""
    return {
        name: digest
        for shard in stats
        for name, digest in (
            (f"{shard.name}.tar", shard.sha256),
            (f"{shard.name}.parquet", shard.table_sha256),
            (f"{shard.name}_stats.json", hashlib.sha256(stats_json(shard)).hexdigest()),
        )
    }


def _pictures(release: ReleaseSettings, images: ImageSettings) -> PictureRules:
    return PictureRules(
        release.image_size,
        release.resize_mode,
        release.resize_only_if_bigger,
        release.encode_format,
        release.encode_quality,
        release.skip_reencode,
        images.max_pixels,
    )


def _layout(release: ReleaseSettings) -> ShardLayout:
    return ShardLayout(index_digits(release.shard_rows), release.encode_format, release.caption)
