"""A warehouse of N kept pairs, made without running a stage: what a report or a look reads of it.

For each kept pair there are as many images, sentences and duplicates as RealSyn has, words, scores and
ids by hash, and pictures of 20 to 60 KB for all images. Texts name the image that they belong to.
"""

import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
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
_URL = "concat('https://example.org/made/', id, '.jpg')"
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


@dataclass(frozen=True)
class _Made:
    """The rows of each table for ``kept`` pairs; ids and scores are hashes of a running number."""

    spark: Any
    kept: int

    def _of(self, share: float) -> int:
        return round(self.kept * share)

    def _rows(self, number: int, *columns: str) -> Any:
        """``n`` from 0, its id, and ``u``: evenly spread from 0 to 1."""
        numbered = self.spark.range(0, number, 1, 2).withColumnRenamed("id", "n")
        hashed = numbered.selectExpr(
            "*", "xxhash64(n) AS id", "(xxhash64(n, 1) / 1.9e19D) + 0.5D AS u"
        )
        return hashed.selectExpr(*columns)

    def of_pairs(self) -> Iterator[tuple[Table, Any]]:
        """What leads to a pair: retrieved, written and described; then the pair."""
        pairs = self._of(_PAIRS)
        yield PAIRS, self._rows(
            pairs, "id AS image_id", f"{_URL} AS raw_image_url", *map(_said, TEXTS),
            "CAST(0.45 + 0.2 * u AS FLOAT) AS cosine_syn",
            f"IF(n < {self.kept}, null, IF(u < 0.5, 'mismatched', 'ocr_like')) AS drop_reason",
        )  # fmt: skip
        sentences, groups = self._of(_SENTENCES), self._groups()
        yield RETRIEVED_TEXTS, self._rows(
            pairs, "id AS image_id", "stack(3, 1, 2, 3) AS rank", "id", "u"
        ).selectExpr(
            "image_id", "rank", f"xxhash64(pmod(xxhash64(id, rank), {sentences})) AS sentence_id",
            f"concat('Picture ', image_id, ' {SAID}, says text', rank, '.') AS text", "u",
            "CAST(0.1 * u AS FLOAT) AS cosine", f"CAST(pmod(id, {groups}) AS INT) AS cluster_id",
        )  # fmt: skip
        yield SYNTHETIC_TEXTS, self._rows(
            pairs, "id AS image_id", _said("text"),
            "'made' AS model", "IF(u < 0.3, 'llm_echo', null) AS fallback_reason",
        )  # fmt: skip
        yield IMAGE_DESCRIPTIONS, self._rows(
            pairs, "id AS image_id", "'a photo of a river' AS caption",
            "array('river', 'morning') AS tags", "array(0.9F, 0.4F) AS tag_scores",
        )  # fmt: skip

    def of_tiers(self) -> Iterator[tuple[Table, Any]]:
        """Clusters of the kept pairs, and the tiers drawn from them."""
        clusters = max(self.kept // 168, 1)
        clustered = ("id AS image_id", f"CAST(pmod(id, {clusters}) AS INT) AS cluster_id")
        yield IMAGE_CLUSTERS, self._rows(self.kept, *clustered)
        yield (
            IMAGE_CENTROIDS,
            self._rows(clusters, "CAST(n AS INT) AS cluster_id", "168L AS size"),
        )
        tiers = "explode(IF(u < 0.1, array('all', 'small'), array('all'))) AS tier"
        yield SAMPLES, self._rows(self.kept, tiers, *clustered)

    def of_images(self) -> Iterator[tuple[Table, Any]]:
        """Images, kept or not, their duplicates and their bytes."""
        from pyspark.sql.functions import broadcast

        images, sound = self._of(_IMAGES), self._of(_SOUND)
        yield IMAGES, self._rows(
            images, "id AS image_id", "id AS content_id", f"{_URL} AS url", "1L AS occurrence_count",
            "CAST(60 + 1200 * u AS INT) AS width_px", "CAST(50 + 900 * u AS INT) AS height_px",
            f"IF(n < {sound}, null, IF(u < 0.7, 'too_small', 'aspect_ratio')) AS drop_reason",
        )  # fmt: skip
        duplicates = (sound - self._of(_PAIRS)) * 2
        yield IMAGE_DUPLICATES, self._rows(duplicates, *_grouped(in_each=4))
        pictures = made_pictures()
        files = pa.table({"picture": pa.array(range(len(pictures)), pa.int64()), "bytes": pictures})
        ids = self._rows(images, "id AS image_id", f"pmod(id, {len(pictures)}) AS picture")
        stored = ids.join(broadcast(self.spark.createDataFrame(files)), "picture")
        yield (
            IMAGE_BYTES,
            stored.selectExpr("image_id", "bytes", "CAST(length(bytes) AS BIGINT) AS size_bytes"),
        )

    def of_sentences(self) -> Iterator[tuple[Table, Any]]:
        """Sentences, kept or not, their duplicates and the groups of the kept."""
        sentences = self._of(_SENTENCES)
        yield SENTENCES, self._rows(
            sentences, "id AS sentence_id", "1L + CAST(3 * u AS BIGINT) AS occurrence_count",
            f"concat('Sentence ', id, ' {SAID}.') AS text", "CAST(90 * u AS INT) AS word_count",
            "CAST(6 * u AS INT) AS complexity", "true AS has_action", "CAST(2 * u AS FLOAT) AS entropy_bits",
            "CAST(300 * u AS FLOAT) AS perplexity",
            f"IF(n < {sentences // 2}, null, element_at(array({_SENTENCE_REASONS}), 1 + CAST(6 * u AS INT))) "
            "AS drop_reason",
        )  # fmt: skip
        yield SENTENCE_DUPLICATES, self._rows(sentences // 6, *_grouped(in_each=3))
        yield (
            SENTENCE_CENTROIDS,
            self._rows(
                self._groups(), "CAST(n AS INT) AS cluster_id", "CAST(840 * u AS BIGINT) AS size"
            ),
        )

    def _groups(self) -> int:
        return max(self._of(_SENTENCES) // 420, 1)


def _said(name: str) -> str:
    """The expression of a text that names its image and itself."""
    return f"concat('Picture ', id, ' {SAID}, says {name}.') AS {name}"


def _grouped(in_each: int) -> list[str]:
    """The columns of duplicates in groups of so many, which are of one kind and of the other in turn."""
    return [
        "id", f"IF(pmod(n DIV {in_each}, 2) = 0, 'perceptual', 'semantic') AS kind",
        f"xxhash64(n DIV {in_each} * {in_each}) AS component_id",
        f"xxhash64(n DIV {in_each} * {in_each}) AS representative_id",
    ]  # fmt: skip


def made_tables(spark: Any, count: int) -> Iterator[tuple[Table, Any]]:
    """Yield the tables that a report reads, for ``count`` kept pairs."""
    made = _Made(spark, count)
    yield from made.of_pairs()
    yield from made.of_tiers()
    yield from made.of_images()
    yield from made.of_sentences()


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
