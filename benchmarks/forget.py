"""`realsyn forget` and `realsyn verify` on a made warehouse: time of a takedown, and traces left.

Rows of images_found, image_bytes (pictures of some hundred bytes), images and image_embeddings are made from
seeded hashes; the list names single addresses, domains and documents. There is no peer: no tool of the field
takes anything out of what it has made.
"""

import argparse
import json
import resource
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col, expr, lit

from jobs.cli import main as realsyn
from jobs.ledger import Ledger, StageRun, few_rows
from jobs.older_columns import as_declared
from jobs.session import open_session
from jobs.stage_locks import StageLocks
from jobs.warehouse import Warehouse
from realsyn_lib.config import load_config
from realsyn_lib.ids import content_hash_id_sql
from realsyn_lib.tables import (
    DOCUMENTS,
    FETCHES,
    FUNNEL,
    IMAGE_BYTES,
    IMAGE_EMBEDDINGS,
    IMAGES,
    IMAGES_FOUND,
    SENTENCES_FOUND,
    Table,
)

_PER_PAGE = 10  # pictures of a page; a host has a hundred pages
_RUN_ID = "000001-made"
STAGES_MADE = {
    "extract_documents": (DOCUMENTS, IMAGES_FOUND, SENTENCES_FOUND),
    "fetch_images": (IMAGE_BYTES, FETCHES),
    "filter_images": (IMAGES,),
    "embed_images": (IMAGE_EMBEDDINGS,),
}


def made(spark: SparkSession, rows: int) -> dict[str, DataFrame]:
    """Return the rows of the tables, by name; each picture has a page, an address and bytes of its own."""
    pages = spark.range(max(1, rows // _PER_PAGE)).withColumn("host", expr("id DIV 100"))
    pages = pages.withColumn("page", expr("concat('https://h', host, '.example/p', id, '.html')"))
    none = "CAST(NULL AS STRING)"
    item = (
        "named_struct('position', {at}, 'kind', {kind}, 'text', {text}, 'sentences', {sentences}, "
        "'url', {url}, 'raw_url', {url}, 'alt_text', {none}, 'url_reason', {none})"
    ).replace("{none}", none)
    said = "concat('Page ', id, ' tells of a thing.')"
    text = item.format(at="0", kind="'text'", text=said, sentences=f"array({said})", url=none)
    url = "concat('https://cdn', host, '.example/i', id * 10 + n, '.jpg')"
    image = item.format(at="CAST(n + 1 AS INT)", kind="'image'", text=none,
                        sentences="CAST(NULL AS ARRAY<STRING>)", url=url)  # fmt: skip
    documents = pages.selectExpr(
        f"{content_hash_id_sql('page')} AS document_id", "'made.parquet' AS source",
        "CAST(id AS STRING) AS locator", "page AS url", f"{none} AS title", f"{_PER_PAGE} AS image_count",
        "1 AS sentence_count",
        f"concat(array({text}), transform(sequence(0, {_PER_PAGE - 1}), n -> {image})) AS items",
        f"{none} AS drop_reason", f"{none} AS detail",
    )  # fmt: skip
    items = documents.selectExpr("document_id", "explode(items) AS item")
    found = items.where("item.kind = 'image'").select(
        "document_id", "item.position", expr(content_hash_id_sql("item.url")).alias("image_id"),
        "item.url", "item.raw_url", "item.alt_text", lit(None).cast("string").alias("drop_reason"),
        lit(None).cast("string").alias("detail"),
    )  # fmt: skip
    sentences = items.where("item.kind = 'text'").selectExpr(
        "document_id", "item.position", "0 AS sentence_no",
        f"{content_hash_id_sql('item.text')} AS sentence_id", "item.text",
    )  # fmt: skip
    bytes_ = found.selectExpr(
        "0 AS bucket", "image_id", "url", "CAST(repeat(url, 8) AS BINARY) AS bytes", f"{none} AS drop_reason",
        f"{none} AS detail", "CAST(200 AS INT) AS http_status",
    )  # fmt: skip
    bytes_ = bytes_.withColumn("sha256", expr("sha2(bytes, 256)")).withColumn(
        "size_bytes", expr("octet_length(bytes)").cast("bigint")
    )
    bytes_ = bytes_.withColumn("content_id", expr(content_hash_id_sql("bytes")))
    images = bytes_.join(found.select("image_id", "document_id", "position"), "image_id").selectExpr(
        "bucket", "image_id", "content_id", "document_id", "position",
        "CAST(1 AS BIGINT) AS occurrence_count", "url", f"{none} AS alt_text",
        "200 AS width_px", "200 AS height_px", "'jpeg' AS format",
        "xxhash64(url) AS phash", "CAST(1 AS FLOAT) AS luma_std", "CAST(NULL AS FLOAT) AS nsfw_score",
        "CAST(NULL AS FLOAT) AS watermark_score", f"{none} AS drop_reason", f"{none} AS detail",
    )  # fmt: skip
    vectors = images.selectExpr(
        "bucket", "image_id", "CAST(repeat(sha2(url, 512), 4) AS BINARY) AS embedding",
        "CAST(NULL AS BINARY) AS feature", f"{none} AS drop_reason",
    )  # fmt: skip
    return {"documents": documents, "images_found": found, "sentences_found": sentences,
            "image_bytes": bytes_, "fetches": bytes_, "images": images,
            "image_embeddings": vectors}  # fmt: skip


def write(spark: SparkSession, folder: Path, rows: int) -> None:
    """Write the tables and a finished run of each stage."""
    warehouse = Warehouse(spark, str(folder))
    ledger = Ledger(warehouse, StageLocks(warehouse).control)
    ledger.open()
    frames = made(spark, rows)
    versions: dict[str, int] = {}
    for stage, tables in STAGES_MADE.items():
        for table in tables:
            versions[table.name] = _write(warehouse, table, frames[table.name])
        outputs = {table.name: versions[table.name] for table in tables}
        entities = (
            ("document", "image", "sentence")[: len(tables)] if len(tables) == 3 else ("image",)
        )
        counts = [
            {"run_id": _RUN_ID, "stage": stage, "entity": entity, "outcome": outcome,
             "drop_reason": None, "row_count": warehouse.read(table).count()}
            for table, entity in zip(tables, entities)
            for outcome in ("in", "kept")
        ]  # fmt: skip
        warehouse.append(FUNNEL, few_rows(spark, FUNNEL, counts))
        ledger.record(
            StageRun("000001-made", stage, "made", datetime.now(UTC), 1.0, "finished", {}, outputs),
            [],
            None,
        )


def _write(warehouse: Warehouse, table: Table, rows: DataFrame) -> int:
    warehouse.create(table)
    warehouse.append(table, as_table(table, rows).repartition(16))
    return warehouse.commits(table.name, limit=1)[0].version


def as_table(table: Table, rows: DataFrame) -> DataFrame:
    """Return the columns of a table; those, and the fields inside, that the made rows lack are null."""
    return as_declared(rows, table).select(*table.names)


def write_list(place: Path, rows: int, entries: int) -> None:
    """Name addresses all over the tables, some pages, and ten domains of a thousand pictures each."""
    pages = max(1, rows // _PER_PAGE)
    hosts = max(1, pages // 100)
    lines = []
    for number in range(entries):
        page = number * 7919 % pages
        if number % 100 == 0:
            lines.append(f"domain,cdn{number // 100 * 37 % hosts}.example")
        elif number % 10 == 0:
            lines.append(f"document,https://h{page // 100}.example/p{page}.html")
        else:
            lines.append(f"url,https://cdn{page // 100}.example/i{page * 10 + number % 10}.jpg")
    place.write_text("kind,value\n" + "\n".join(lines) + "\n", encoding="utf-8")


def _command(*words: str) -> int:
    try:
        realsyn(list(words))
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def main() -> None:
    """Make, forget, verify; the last line is the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=1_000_000, help="pictures")
    parser.add_argument("--entries", type=int, default=1000, help="lines of the list")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--peer", default="none")
    parser.add_argument("--work", type=Path, default=Path("build/forget"))
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    arguments.work.mkdir(parents=True)
    config = load_config("local", [f"spark.master=local[{arguments.threads}]"])
    spark = open_session(config, "benchmark")
    folder, listed = arguments.work / "warehouse", arguments.work / "list.csv"
    clock = time.monotonic()
    write(spark, folder, arguments.n)
    write_list(listed, arguments.n, arguments.entries)
    made_s, clock = time.monotonic() - clock, time.monotonic()
    before = spark.read.format("delta").load(str(folder / "images")).count()
    names = ("--warehouse", str(folder), "--list", str(listed))
    code = _command("forget", *names)
    wall_s, clock = time.monotonic() - clock, time.monotonic()
    after = (
        spark.read.format("delta")
        .load(str(folder / "images"))
        .where(col("url").isNotNull())
        .count()
    )
    verified = _command("verify", *names)
    verify_s = time.monotonic() - clock
    print(json.dumps({
        "name": "forget", "n": arguments.n, "entries": arguments.entries,
        "ours": round(arguments.n / wall_s, 1),
        "peer": None, "ratio": None, "quality_ours": float(code == 0 and verified == 0), "quality_peer": None,
        "wall_s": round(wall_s, 1), "verify_s": round(verify_s, 1), "made_s": round(made_s, 1),
        "images_before": before, "images_after": after,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "versions": {"pyspark": spark.version},
    }))  # fmt: skip


if __name__ == "__main__":
    main()
