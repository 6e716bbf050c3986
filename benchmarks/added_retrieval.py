"""What retrieve_texts costs when images or sentences are new, against searching all of them again.

The stage runs on Delta tables of made vectors: over 99 of 100 images and sentences, then with the last
images, then with the last sentences added, then over all with --force. The tables of the last two must
be equal, row by row. The same on a few thousand images comes first: it warms the session.
"""

import argparse
import os
import tempfile
from pathlib import Path

import numpy as np
from made_line import Cost, Line
from retrieval import prepared
from retrieval_stage import FILES, SMALL, size_flags, write_tables
from side_by_side import Side, common_flags, in_turn, tell, warm_session

from realsyn_lib.tables import IMAGE_EMBEDDINGS, IMAGES, RETRIEVED_TEXTS, Table

_OF_IMAGES = (IMAGES, IMAGE_EMBEDDINGS)
_OF_SENTENCES = tuple(table for table in FILES if table.name in ("sentences", "sentence_clusters"))


def main() -> None:
    """Make the tables, run the stage in one process, print its costs and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    size_flags(parser)
    parser.add_argument("--share", type=float, default=0.01, help="of either that is added")
    parser.add_argument("--nprobe", type=int, default=8)
    common_flags(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        place = prepared(arguments, Path(work))
        for name, images in (("small", min(SMALL, arguments.asked)), ("all", arguments.asked)):
            write_parts(place, place / name, images, arguments.n, arguments.share)
        asked = (work, arguments.nprobe, arguments.threads)
        run = in_turn({"ours": ours}, 1, *asked)["ours"][0]
    costs, is_equal = run.answer
    for name, cost in costs.items():
        print(f"{name:<24}{cost.wall_s:>9.1f} s{cost.core_s:>9.1f} core-s")
    whole = costs["whole"]
    shares = {name: costs[name].core_s / whole.core_s for name in ("images", "sentences")}
    print(f"of the whole run's core-seconds: {shares}; tables equal: {is_equal}")
    n = {"sentences": arguments.n, "images": arguments.asked, "added": arguments.share}
    sides = [
        Side(name, costs[name].wall_s, costs[name].core_s, run.start_up_s, run.peak_mb,
             arguments.asked / costs[name].wall_s, float(is_equal), run.jvm_mb, run.worker_mb)
        for name in ("images", "sentences", "whole")
    ]  # fmt: skip
    tell("added_retrieval", n, sides[0], sides[1:], ["pyspark", "delta-spark", "numpy"])


def write_parts(place: Path, folder: Path, images: int, sentences: int, share: float) -> None:
    """Write the tables of the first run below ``first``, and what is added below ``added``.

    Which rows are added is drawn, so that new sentences fall into clusters as they like.
    """
    folder.mkdir()
    generator = np.random.default_rng(7)
    late_images, late_sentences = (generator.random(n) < share for n in (images, sentences))
    for name, flag in (("first", False), ("added", True)):
        ids = (np.flatnonzero(late == flag) for late in (late_images, late_sentences))
        write_tables(place, folder / name, *ids)


def ours(work: str, nprobe: int, threads: int) -> tuple[float, tuple[dict[str, Cost], bool]]:
    """Run the stage on a small table and on the large one."""
    settings = (f"retrieval.nprobe={nprobe}", "retrieval.max_same_cosine=1.0")
    spark, config, start_up_s = warm_session("added_retrieval", threads, *settings)
    costs: dict[str, Cost] = {}
    for name in ("small", "all"):
        folder, before = Path(work) / name, "small " if name == "small" else ""
        place = folder / str(os.getpid())
        line = Line(spark, config, place, "retrieve_texts", *FILES, RETRIEVED_TEXTS)
        line.publish(_files(folder / "first", FILES))
        costs[before + "first"] = line.run()
        for added, tables in (("images", _OF_IMAGES), ("sentences", _OF_SENTENCES)):
            line.publish(_files(folder / "added", tables))
            costs[before + added] = line.run()
        then = line.table("image_id", "rank")
        costs[before + "whole"] = line.run(force=True)
    return start_up_s, (costs, then.equals(line.table("image_id", "rank")))


def _files(folder: Path, tables: tuple[Table, ...]) -> tuple[Path | None, ...]:
    return tuple(folder / f"{table.name}.parquet" if table in tables else None for table in FILES)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main()
