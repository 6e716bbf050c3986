"""A warehouse of N kept pairs, made without running a stage: what a report or a look reads of it.

For each kept pair there are as many images, sentences and duplicates as RealSyn has, words, scores and
ids by hash, and pictures of 20 to 60 KB for all images. Texts name the image that they belong to.
"""

import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from export import made_pictures
from side_by_side import warm_session

from realsyn_lib.stages import STAGES
from realsyn_lib.tables import (
    IMAGE_BYTES,
    IMAGE_CENTROIDS,
    IMAGE_CLUSTERS,
    IMAGE_DESCRIPTIONS,
    IMAGE_DUPLICATES,
    IMAGES,
    PAIRS,
    RETRIEVED_TEXTS,
    SAMPLES,
    SENTENCE_CENTROIDS,
    SENTENCE_DUPLICATES,
    SENTENCES,
    SYNTHETIC_TEXTS,
    Table,
)

# Rows for each kept pair, from RealSyn's funnel: 168.3M of 198M pairs, 285M of 336M images, 2.13B sentences.
_PAIRS, _SOUND, _IMAGES, _SENTENCES = 198 / 168.3, 285 / 168.3, 336 / 168.3, 2130 / 168.3
TEXTS = ("text1", "text2", "text3", "syn_text")
SAID = "stands by the river and was photographed early on a clear morning"
_SENTENCE_REASONS = (
    "'too_short', 'no_action', 'low_entropy', 'low_perplexity', 'high_perplexity', 'url'"
)
_REASONED = (IMAGES, SENTENCES, PAIRS)
_METRICS = {
    "fetch_images": {"buckets": 1.0},
    "balance_pairs": {"min_cosine": 0.51, "max_cosine": 0.61},
    "retrieve_texts": {"nprobe": 1.0, "recall": 0.95, "products": 420.0},
}


def make_warehouse(place: str, count: int, threads: int) -> tuple[float, None]:
    """Make the warehouse in a session of its own: tables, then the runs that publish them."""
    from jobs.ledger import Ledger, StageRun
    from jobs.warehouse import Warehouse

    started = time.perf_counter()
    spark, _config, _ = warm_session("made", threads)
    start_up_s = time.perf_counter() - started
    warehouse = Warehouse(spark, place)
    ledger = Ledger(warehouse, nullcontext)
    ledger.open()
    versions: dict[str, int] = {}
    for table, rows in made_tables(spark, count):
        warehouse.create(table)
        warehouse.append(table, filled(rows, table))
        versions[table.name] = warehouse.commits(table.name, limit=1)[0].version
    run_id = ledger.next_run_id()
    for stage in STAGES:
        published = {name: versions[name] for name in stage.writes if name in versions}
        run = StageRun(
            run_id, stage.name, "made", datetime.now(UTC), 60.0, "finished",
            output_versions=published, metrics=_METRICS.get(stage.name, {}),
        )  # fmt: skip
        reasons = [table for table in _REASONED if table.name in published]
        ledger.record(run, [row for table in reasons for row in funnel_of(warehouse, table)], None)
    return start_up_s, None


def funnel_of(warehouse: Any, table: Table) -> list[Any]:
    """Return the accounting of a table by its reasons."""
    from jobs.accounting import count_outcomes
    from jobs.ledger import FunnelRow

    counts = count_outcomes(warehouse.read(table), table)
    entity = {SENTENCES: "sentence", PAIRS: "pair"}.get(table, "image")
    dropped = [
        FunnelRow(entity, "dropped", reason, count) for reason, count in counts.items() if reason
    ]
    return [
        FunnelRow(entity, "in", None, sum(counts.values())),
        FunnelRow(entity, "kept", None, counts[None]),
        *dropped,
    ]


def made_tables(spark: Any, count: int) -> Iterator[tuple[Table, Any]]:
    """Yield the tables that a report reads; ids and scores are hashes of a running number."""
    from pyspark.sql.functions import broadcast

    pairs, sound = round(count * _PAIRS), round(count * _SOUND)
    images, sentences = round(count * _IMAGES), round(count * _SENTENCES)
    clusters, groups = max(count // 168, 1), max(sentences // 420, 1)

    def rows(number: int, *columns: str) -> Any:
        """``n`` from 0, its id, and ``u``: evenly spread from 0 to 1."""
        numbered = spark.range(0, number, 1, 2).withColumnRenamed("id", "n")
        hashed = numbered.selectExpr(
            "*", "xxhash64(n) AS id", "(xxhash64(n, 1) / 1.9e19D) + 0.5D AS u"
        )
        return hashed.selectExpr(*columns)

    kept = f"n < {count}"
    said = [f"concat('Picture ', id, ' {SAID}, says {name}.') AS {name}" for name in TEXTS]
    url = "concat('https://example.org/made/', id, '.jpg')"
    scores = ("CAST(0.1 * u AS FLOAT) AS cosine", f"CAST(pmod(id, {groups}) AS INT) AS cluster_id")

    yield PAIRS, rows(
        pairs, "id AS image_id", f"{url} AS raw_image_url", *said,
        "CAST(0.45 + 0.2 * u AS FLOAT) AS cosine_syn",
        f"IF({kept}, null, IF(u < 0.5, 'mismatched', 'ocr_like')) AS drop_reason",
    )  # fmt: skip
    yield RETRIEVED_TEXTS, rows(
        pairs, "id AS image_id", "stack(3, 1, 2, 3) AS rank", "id", "u"
    ).selectExpr(
        "image_id", "rank", f"xxhash64(pmod(xxhash64(id, rank), {sentences})) AS sentence_id",
        f"concat('Picture ', image_id, ' {SAID}, says text', rank, '.') AS text", "u", *scores,
    )  # fmt: skip
    yield SYNTHETIC_TEXTS, rows(
        pairs, "id AS image_id", said[3].replace("syn_text", "text"), "'made' AS model",
        "IF(u < 0.3, 'llm_echo', null) AS fallback_reason",
    )  # fmt: skip
    yield IMAGE_DESCRIPTIONS, rows(
        pairs, "id AS image_id", "'a photo of a river' AS caption",
        "array('river', 'morning') AS tags", "array(0.9F, 0.4F) AS tag_scores",
    )  # fmt: skip
    clustered = ("id AS image_id", f"CAST(pmod(id, {clusters}) AS INT) AS cluster_id")
    yield IMAGE_CLUSTERS, rows(count, *clustered)
    yield IMAGE_CENTROIDS, rows(clusters, "CAST(n AS INT) AS cluster_id", "168L AS size")
    yield (
        SAMPLES,
        rows(
            count, "explode(IF(u < 0.1, array('all', 'small'), array('all'))) AS tier", *clustered
        ),
    )
    yield IMAGES, rows(
        images, "id AS image_id", "id AS content_id", f"{url} AS url", "1L AS occurrence_count",
        "CAST(60 + 1200 * u AS INT) AS width_px", "CAST(50 + 900 * u AS INT) AS height_px",
        f"IF(n < {sound}, null, IF(u < 0.7, 'too_small', 'aspect_ratio')) AS drop_reason",
    )  # fmt: skip
    yield IMAGE_DUPLICATES, rows(
        (sound - pairs) * 2, "id", "IF(pmod(n DIV 4, 2) = 0, 'perceptual', 'semantic') AS kind",
        "xxhash64(n DIV 4 * 4) AS component_id", "xxhash64(n DIV 4 * 4) AS representative_id",
    )  # fmt: skip
    yield SENTENCES, rows(
        sentences, "id AS sentence_id", "1L + CAST(3 * u AS BIGINT) AS occurrence_count",
        f"concat('Sentence ', id, ' {SAID}.') AS text", "CAST(90 * u AS INT) AS word_count",
        "CAST(6 * u AS INT) AS complexity", "true AS has_action", "CAST(2 * u AS FLOAT) AS entropy_bits",
        "CAST(300 * u AS FLOAT) AS perplexity",
        f"IF(n < {sentences // 2}, null, element_at(array({_SENTENCE_REASONS}), 1 + CAST(6 * u AS INT))) "
        "AS drop_reason",
    )  # fmt: skip
    yield SENTENCE_DUPLICATES, rows(
        sentences // 6, "id", "IF(pmod(n DIV 3, 2) = 0, 'perceptual', 'semantic') AS kind",
        "xxhash64(n DIV 3 * 3) AS component_id", "xxhash64(n DIV 3 * 3) AS representative_id",
    )  # fmt: skip
    yield (
        SENTENCE_CENTROIDS,
        rows(groups, "CAST(n AS INT) AS cluster_id", "CAST(840 * u AS BIGINT) AS size"),
    )
    pictures = made_pictures()
    files = pa.table({"picture": pa.array(range(len(pictures)), pa.int64()), "bytes": pictures})
    ids = rows(images, "id AS image_id", f"pmod(id, {len(pictures)}) AS picture")
    stored = ids.join(broadcast(spark.createDataFrame(files)), "picture")
    yield (
        IMAGE_BYTES,
        stored.selectExpr("image_id", "bytes", "CAST(length(bytes) AS BIGINT) AS size_bytes"),
    )


def filled(rows: Any, table: Table) -> Any:
    """Lay out the rows of a table: null, zero or empty where nothing is given."""
    zeros = {"string": "''", "binary": "X''", "boolean": "false"}
    given = set(rows.columns)
    return rows.selectExpr(
        *(
            column.name
            if column.name in given
            else f"CAST({'null' if column.nullable else zeros.get(column.type, '0')} "
            f"AS {column.type}) AS {column.name}"
            for column in table.columns
        )
    )
