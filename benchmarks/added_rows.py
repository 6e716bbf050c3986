"""What a dedup stage costs when one row in a hundred is new, against doing all of it again.

The stage itself runs on Delta tables of made rows: once over 99 of 100, then with the last one added,
then over all with --force. The two tables must be equal, row by row. The same three runs on a small
table come first, twice: they warm the session, and what the second and third take there at the second
time is the fixed cost, which is told apart.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from made_line import Cost, Line, filled_rows
from semantic_dedup import made_vectors
from sentence_near_dedup import made_sentences
from side_by_side import Side, common_flags, in_turn, tell, warm_session

from realsyn_lib.embeddings import binary_of, unit_rows
from realsyn_lib.tables import (
    IMAGE_DUPLICATES,
    IMAGE_EMBEDDINGS,
    IMAGES,
    SENTENCE_DUPLICATES,
    SENTENCE_EMBEDDINGS,
    SENTENCES,
)

Array = npt.NDArray[np.int64]
_SMALL = 2000
STAGES = {
    "sentences": ("dedup_sentences", SENTENCES, SENTENCE_EMBEDDINGS, SENTENCE_DUPLICATES),
    "images": ("dedup_images", IMAGES, IMAGE_EMBEDDINGS, IMAGE_DUPLICATES),
}


def main() -> None:
    """Run the stage in one process, print its costs and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=tuple(STAGES), default="sentences")
    parser.add_argument("--n", type=int, default=1_000_000, help="rows in all")
    parser.add_argument("--share", type=float, default=0.01, help="of them that are added")
    parser.add_argument("--width", type=int, default=384)
    common_flags(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        facts = (arguments.kind, arguments.n, arguments.share, arguments.width)
        run = in_turn({"ours": ours}, 1, *facts, arguments.threads, work)["ours"][0]
    costs, is_equal = run.answer
    for name, cost in costs.items():
        print(f"{name:<24}{cost.wall_s:>9.1f} s{cost.core_s:>9.1f} core-s")
    added, whole = costs["added"], costs["whole"]
    share = apart = added.core_s / whole.core_s
    if "small added" in costs:
        apart = (added.core_s - costs["small added"].core_s) / (
            whole.core_s - costs["small whole"].core_s
        )
    print(f"{share:.3f} of the whole run's core-seconds, {apart:.3f} with fixed cost apart")
    print(f"tables equal: {is_equal}")
    n = {"kind": arguments.kind, "rows": arguments.n, "added": arguments.share, "share": apart}
    sides = [
        Side(name, cost.wall_s, cost.core_s, run.start_up_s, run.peak_mb, arguments.n / cost.wall_s,
             float(is_equal), run.jvm_mb, run.worker_mb)
        for name, cost in (("added", added), ("whole", whole))
    ]  # fmt: skip
    tell("added_rows", n, sides[0], sides[1:], ["pyspark", "delta-spark", "numpy"])


def ours(
    kind: str, rows: int, share: float, width: int, threads: int, work: str
) -> tuple[float, tuple[dict[str, Cost], bool]]:
    """Run the stage on a small table, twice, and on a large one; few rows need no such warming."""
    spark, config, start_up_s = warm_session("added_rows", threads)
    costs, is_equal = {}, True
    sizes = [("warming ", _SMALL), ("small ", _SMALL)] if rows > _SMALL else []
    for name, count in (*sizes, ("", rows)):
        folder = Path(work) / f"rows-{count}-{name.strip()}"
        line = Line(spark, config, folder, *STAGES[kind])
        parts = made_rows(kind, count, share, width, folder)
        line.publish(parts[0])
        costs[name + "first"] = line.run()
        line.publish(parts[1])
        costs[name + "added"] = line.run()
        then = line.table("kind", "id")
        costs[name + "whole"] = line.run(force=True)
        is_equal = is_equal and then.equals(line.table("kind", "id"))
    return start_up_s, (costs, is_equal)


def made_rows(
    kind: str, rows: int, share: float, width: int, folder: Path
) -> list[tuple[Path, ...]]:
    """Write the files of both tables: those of the first run, and those that are added."""
    generator = np.random.default_rng(3)
    if kind == "sentences":
        made = made_sentences(rows)
        groups = np.unique(made["truth_group"].to_numpy(), return_inverse=True)[1]
        own = {"sentence_id": made["id"].combine_chunks(), "text": made["text"].combine_chunks()}
    else:
        groups, phash = made_hashes(rows, generator)
        ids = pa.array(generator.permutation(2 * rows)[:rows] * 2_654_435_761)
        own = {"image_id": ids, "content_id": ids, "phash": pa.array(phash)}
        own["luma_std"] = pa.array(np.full(rows, 50.0))
    centres = made_vectors(int(groups.max()) + 1, width)
    noise = generator.standard_normal((rows, width), np.float32)
    vectors = unit_rows(centres[groups] + 0.15 * unit_rows(noise))
    is_added = generator.permutation(rows) < share * rows
    return [
        write_rows(
            kind,
            {name: values.take(pa.array(places)) for name, values in own.items()},
            vectors[places],
            folder / name,
        )
        for name, places in (
            ("first", np.flatnonzero(~is_added)),
            ("added", np.flatnonzero(is_added)),
        )
    ]


def write_rows(
    kind: str, columns: dict[str, pa.Array], vectors: npt.NDArray[np.float32], folder: Path
) -> tuple[Path, Path]:
    """Write rows of the two tables that a dedup stage reads, the first column their id."""
    folder.mkdir(parents=True, exist_ok=True)
    rows_file, vectors_file = folder / "rows.parquet", folder / "vectors.parquet"
    _, table, embeddings, _ = STAGES[kind]
    key, ids = next(iter(columns.items()))
    pq.write_table(filled_rows(table, columns, len(ids)), rows_file, row_group_size=2**16)
    with pq.ParquetWriter(vectors_file, embeddings.arrow_schema(), compression="none") as file:
        for start in range(0, len(ids), 2**15):
            some = unit_rows(vectors[start : start + 2**15])
            own = {key: ids.slice(start, len(some)), "embedding": binary_of(some)}
            file.write_table(filled_rows(embeddings, own, len(some)))
    return rows_file, vectors_file


def made_hashes(rows: int, generator: np.random.Generator) -> tuple[Array, Array]:
    """Return groups and hashes: one in eleven is a copy of another within 12 bits."""
    copies = rows // 11
    hashes = generator.integers(-(2**63), 2**63, rows - copies)
    of = generator.integers(0, rows - copies, copies)
    turned = hashes[of]
    for row in range(copies):
        for bit in generator.permutation(63)[: generator.integers(0, 13)]:
            turned[row] ^= 1 << int(bit)
    order = generator.permutation(rows)
    groups = np.concatenate([np.arange(rows - copies), of])
    return groups[order], np.concatenate([hashes, turned])[order]


if __name__ == "__main__":
    main()
