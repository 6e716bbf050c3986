"""Connected components of an edge list: ours through Spark, against scipy in memory.

Quality is the share of ids whose component is the exact one.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from side_by_side import common_flags, in_turn, summary, tell, warm_session

Array = npt.NDArray[np.int64]


def main() -> None:
    """Make or read the edges, run all sides in turn, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edges", type=Path, help="FILE.parquet with src, dst (bigint)")
    parser.add_argument("--n", type=int, default=5_000_000, help="edges that are made without it")
    parser.add_argument("--shape", choices=("mixed", "star", "chain"), default="mixed")
    parser.add_argument("--component-ids", type=int, help="ids that one task joins; default: conf")
    common_flags(parser)
    arguments = parser.parse_args()
    peers = {} if arguments.peer == "none" else {"scipy": in_memory}
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        place = arguments.edges or Path(work) / "edges.parquet"
        if not arguments.edges:
            write_edges(place, made_edges(arguments.n, arguments.shape))
        truth = in_memory(str(place))[1]
        asked = (str(place), len(truth), arguments.threads, arguments.component_ids, work)
        runs = in_turn({"ours": ours, **peers}, arguments.runs, *asked)
        count = pq.ParquetFile(place).metadata.num_rows
    sides = {
        name: summary(name, own, count, float((own[0].answer == truth).mean()))
        for name, own in runs.items()
    }
    n = {"edges": count, "ids": len(truth), "components": len(np.unique(truth[:, 1]))}
    packages = ["pyspark", "numpy", "scipy"]
    tell("components", n, sides.pop("ours"), list(sides.values()), packages)


def ours(
    place: str, ids: int, threads: int, component_ids: int | None, work: str
) -> tuple[float, Array]:
    """Find components with the function of both dedup stages, which know how many ids there are."""
    from jobs.dedup.components import components

    more = [f"batch.component_ids={component_ids}"] if component_ids else []
    spark, config, start_up_s = warm_session("components", threads, *more)
    edges = spark.read.parquet(place)
    stage = WorkingFiles(spark, config, work)
    stage.scratch("labels", components(stage, edges, ids))  # type: ignore[arg-type]
    found = pq.read_table(f"{work}/labels").sort_by("id")
    answer = np.stack([found["id"].to_numpy(), found["component_id"].to_numpy()], axis=1)
    return start_up_s, answer


class WorkingFiles:
    """What ``components`` needs of a stage: settings, and a place for working files."""

    def __init__(self, spark, conf, folder) -> None:  # type: ignore[no-untyped-def]
        self.spark, self.conf, self.folder = spark, conf, folder

    def scratch(self, name, rows):  # type: ignore[no-untyped-def]
        """Write a frame and read it again, as a stage does."""
        rows.write.mode("overwrite").parquet(f"{self.folder}/{name}")
        return self.spark.read.schema(rows.schema).parquet(f"{self.folder}/{name}")


def in_memory(place: str, *_unused: object) -> tuple[float, Array]:
    """Read all edges, number the ids, and let scipy label them."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    table = pq.read_table(place)
    ids, rows = np.unique(
        np.concatenate([table["src"].to_numpy(), table["dst"].to_numpy()]), return_inverse=True
    )
    half = table.num_rows
    ones = np.ones(half, np.bool_)
    graph = coo_array((ones, (rows[:half], rows[half:])), shape=(len(ids), len(ids)))
    count, labels = connected_components(graph, directed=False)
    smallest = np.full(count, len(ids))
    np.minimum.at(smallest, labels, np.arange(len(ids)))
    return 0.0, np.stack([ids, ids[smallest[labels]]], axis=1)


def made_edges(count: int, shape: str = "mixed") -> Array:
    """Return a star, a chain, or edges over some 1.2 ids each: 1 in 25 a star, 1 in 50 a chain."""
    generator = np.random.default_rng(1)
    names = generator.permutation(count * 6 // 5).astype(np.int64) * 1_000_003 - 2**40
    if shape == "star":
        return np.stack([np.full(count, names[0]), names[1 : count + 1]], 1)
    if shape == "chain":
        return np.stack([names[:count], names[1 : count + 1]], 1)
    star, chain = count // 25, count // 50
    spare = names[star + chain :]
    drawn = spare[generator.integers(0, len(spare), (count - star - chain, 2))]
    hub = np.full(star, names[0])
    links = names[star : star + chain + 1]
    edges = np.concatenate(
        [drawn, np.stack([hub, names[:star]], 1), np.stack([links[:-1], links[1:]], 1)]
    )
    return generator.permutation(edges)


def write_edges(place: Path, edges: Array) -> None:
    """Write (n, 2) ids as src and dst, in row groups that tasks can share."""
    table = pa.table({"src": edges[:, 0], "dst": edges[:, 1]})
    pq.write_table(table, place, row_group_size=max(1, len(edges) // 8))


if __name__ == "__main__":
    main()
