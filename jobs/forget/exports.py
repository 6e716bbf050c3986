"""Exports without the rows and texts that are gone: files that hold none of them are not touched."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame
from pyspark.sql.functions import (
    array,
    array_compact,
    coalesce,
    col,
    collect_list,
    expr,
    lit,
    struct,
    when,
)

from jobs.export_seal import listed_digests, seal_export, unlist
from jobs.export_tier import Exported
from jobs.forget.context import Forgetting
from jobs.forget.derived_tables import Gone
from jobs.published import Published
from jobs.release_card import write_card
from realsyn_lib.errors import InputError
from realsyn_lib.files import entries, is_file, open_seekable, read_bytes, read_text, write_bytes
from realsyn_lib.ids import content_hash_id_sql
from realsyn_lib.release.checksums import MARKER, marker_facts
from realsyn_lib.release.records import RECORD_COLUMNS
from realsyn_lib.release.samples import SUCCESS
from realsyn_lib.release.shards import ShardStats, sizes_json
from udfs.clean_exports import CLEANED_DDL, clean_exports

_RETRIEVED = ("text1", "text2", "text3")


def clean_export(work: Forgetting, place: str, gone: Gone) -> int:
    """Rewrite the files that hold what is gone; return how many there were.

    Raises:
        InputError: the marker of the export is not one of ours.
    """
    form = facts_of(place)["format"]
    found = _found(work, place, form, gone).localCheckpoint()
    names = [row["name"] for row in found.select("name").collect()]
    if names:
        unlist(place, {part for name in names for part in _beside(name)})
        dealt = found.repartition(min(len(names), 1000), "name")
        dealt.mapInArrow(clean_exports(place, form), CLEANED_DDL).collect()
        work.tell(f"{place}: {len(names)} files written anew")
    return len(names)


def _beside(name: str) -> tuple[str, ...]:
    """Return the files that are written with a table of records or samples."""
    stem = name.removesuffix(".parquet")
    return name, f"{stem}.tar", f"{stem}_stats.json"


def facts_of(place: str) -> dict[str, Any]:
    """Return what the marker of an export says of it."""
    data = read_bytes(f"{place}/{MARKER}")
    facts = marker_facts(place, data) if data is not None else {}
    if facts.get("format") not in ("parquet", "webdataset"):
        raise InputError(
            f"{place}: {MARKER} tells no format, expected an export of `realsyn export`; an instruction "
            "set is to be made anew"
        )
    return facts


def _found(work: Forgetting, place: str, form: str, gone: Gone) -> DataFrame:
    """Return ``FOUND_DDL``: for each file what it loses. Every record is held against the ids."""
    more = ("sha256 string",) if form == "webdataset" else ()
    ddl = ", ".join((*(f"{name} string" for name in RECORD_COLUMNS), *more))
    reader = work.warehouse.spark.read.schema(ddl).option("__globPaths__", "false")
    reader = reader.option("pathGlobFilter", "*.parquet")
    rows = reader.parquet(place).select("*", col("_metadata.file_name").alias("name"))
    rows = rows.withColumn("image_id", expr(content_hash_id_sql("raw_image_url")))
    images = gone.images.select("image_id", lit(True).alias("image_gone")).distinct()
    rows = rows.join(images, "image_id", "left")
    is_gone = col("image_gone").isNotNull() | work.is_named(col("raw_image_url"))
    for name in _RETRIEVED:
        ids = gone.sentences.select(
            col("sentence_id").alias(f"{name}_id"), lit(True).alias(f"{name}_lost")
        )
        rows = rows.withColumn(f"{name}_id", expr(content_hash_id_sql(name)))
        rows = rows.join(ids.distinct(), f"{name}_id", "left")
        rows = rows.withColumn(f"{name}_lost", col(f"{name}_lost").isNotNull() | _is(work, name))
    is_gone |= col("text1_lost") | _is(work, "syn_text")
    if form == "webdataset":
        is_gone |= _is(work, "sha256")
    lost = array_compact(array(*(when(col(f"{name}_lost"), lit(name)) for name in _RETRIEVED[1:])))
    rows = rows.select("name", "image_id", is_gone.alias("is_gone"), lost.alias("lost"))
    hit = rows.where("is_gone OR size(lost) > 0")
    listed = collect_list(struct("image_id", "is_gone", "lost")).alias("found")
    return hit.groupBy("name").agg(listed)


def _is(work: Forgetting, name: str) -> Column:
    return coalesce(work.is_named(col(name)), lit(False))


def settle_export(published: Published, place: str) -> Exported:
    """Bring what an export says of itself in line with its files; return that."""
    facts = facts_of(place)
    is_tar = facts["format"] == "webdataset"
    told = _shards(place) if is_tar else _records(place)
    if is_tar:
        stats = list(_stats(place))
        _write(f"{place}/sizes.json", sizes_json(stats))
        _write(f"{place}/__len__", f"{told.rows}\n".encode())
    has_changed = (told.rows, told.refused) != (facts["rows"], facts["refused"])
    if has_changed and is_file(f"{place}/README.md"):
        write_card(place, published, facts["tier"], facts["format"], told)
    fresh = facts | {"rows": told.rows, "refused": told.refused}
    seal_export(place, fresh, told.digests | _of_written(listed_digests(place)))
    return told


def _of_written(digests: dict[str, str]) -> dict[str, str]:
    """Leave out the small files that are told anew: cards and counts."""
    return {
        name: digest
        for name, digest in digests.items()
        if name.endswith((".parquet", ".tar", "_stats.json"))
    }


def _write(location: str, data: bytes) -> None:
    if read_bytes(location) != data:
        write_bytes(location, data)


def _shards(place: str) -> Exported:
    refused: dict[str, int] = {}
    digests: dict[str, str] = {}
    rows = shards = 0
    for stats in _stats(place):
        rows, shards = rows + stats.sample_count, shards + 1
        digests[f"{stats.name}.tar"] = stats.sha256
        for reason, count in stats.refused.items():
            refused[reason] = refused.get(reason, 0) + count
    return Exported(rows, dict(sorted(refused.items())), shards, digests)


def _stats(place: str) -> Iterator[ShardStats]:
    for info in entries(place):
        if info.base_name.endswith("_stats.json"):
            told = json.loads(read_text(f"{place}/{info.base_name}") or "{}")
            refused = {
                name: count for name, count in told["status_dict"].items() if name != SUCCESS
            }
            name = info.base_name.removesuffix("_stats.json")
            of_table = told.get("table_sha256", "")  # an older export may not tell it
            yield ShardStats(
                name, told["successes"], told["size_bytes"], told["sha256"], of_table, refused
            )


def _records(place: str) -> Exported:
    rows = shards = 0
    for info in entries(place):
        if info.base_name.endswith(".parquet"):
            with open_seekable(f"{place}/{info.base_name}") as file:
                rows, shards = rows + pq.read_metadata(file).num_rows, shards + 1
    return Exported(rows, {}, shards)
