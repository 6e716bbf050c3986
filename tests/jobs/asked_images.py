"""A warehouse in which retrieve_texts and describe_images have published a few images."""

from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import DataFrame

from jobs.ledger import Ledger, StageRun
from jobs.warehouse import Warehouse
from realsyn_lib.stages import OWNER_OF
from realsyn_lib.tables import IMAGE_DESCRIPTIONS, RETRIEVED_TEXTS, Table
from tests.frames import frame
from tests.tiny_site import Tiny, realsyn

QUICK = ("--set", "generate.max_new_tokens=2", "--set", "spark.shuffle_partitions=2")


class AskedImages:
    """Images that a text is to be generated for: id -> (closest sentence, tag)."""

    def __init__(self, spark, folder: Path) -> None:
        self.folder, self._warehouse = folder, Warehouse(spark, str(folder))
        self._ledger = Ledger(self._warehouse, _Unlocked)
        self._ledger.open()

    def publish(self, images: dict[int, tuple[str, str]]) -> None:
        """Replace both tables, as a run over these images would."""
        texts = [
            {
                "image_id": n,
                "rank": 1,
                "sentence_id": n,
                "text": text,
                "cosine": 0.5,
                "cluster_id": 0,
            }
            for n, (text, _tag) in images.items()
        ]
        seen = [
            {"bucket": 0, "image_id": n, "caption": f"A photo of a {tag}.", "tags": [tag],
             "tag_scores": [0.5]}
            for n, (_text, tag) in images.items()
        ]  # fmt: skip
        self._write(RETRIEVED_TEXTS, texts)
        self._write(IMAGE_DESCRIPTIONS, seen)

    def append(self, table: Table, rows: DataFrame) -> None:
        """Add rows to a control table."""
        self._warehouse.create(table)
        self._warehouse.append(table, rows)

    def generate(self, *more: str) -> int:
        """Run the stage; return the exit code."""
        only = ("--from", "generate_texts", "--to", "generate_texts")
        return realsyn("run", "--warehouse", self.folder, *only, *QUICK, *more)

    def rows(self, table: str, *columns: str) -> list[tuple[object, ...]]:
        """Return the named columns of a table's head, sorted."""
        return Tiny(self.folder, self.folder).rows(table, *columns)

    def metrics(self) -> dict[str, float]:
        """Figures of the last run of the stage."""
        runs = Tiny(self.folder, self.folder).table("runs").to_pyarrow_table().to_pylist()
        ours = [row for row in runs if row["stage"] == "generate_texts"]
        return dict(max(ours, key=lambda row: row["started_at"])["metrics"])

    def asked_and_known(self) -> tuple[float, float]:
        """Prompts that the last run asked, and those that it found answered."""
        found = self.metrics()
        return found["asked_prompts"], found["cached_prompts"]

    def _write(self, table: Table, rows: list[dict]) -> None:
        frame_of = frame(self._warehouse.spark, table, rows)
        self._warehouse.create(table)
        number = self._ledger.next_run_id()
        self._warehouse.overwrite(table, frame_of, None, (table.name, int(number[:6])), {})
        version = self._warehouse.commits(table.name, limit=1)[0].version
        run = StageRun(
            number, OWNER_OF[table.name], "d", datetime.now(UTC), 0.0, "finished",
            output_versions={table.name: version},
        )  # fmt: skip
        self._ledger.record(run, [], None)


class _Unlocked:
    """No other process writes these tables."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_error: object) -> None:
        return None
