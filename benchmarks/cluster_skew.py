"""The skew of cluster sizes, simulated: how long the longest task of retrieve_texts is beside the mean.

No search is run: sizes are drawn, blocks are planned by the stage's own function, and the work of a
task is what it reads (bytes) and multiplies (sentences of its block's clusters by the images that
look into them). Images follow sentences: a cluster of twice the sentences is asked twice as often,
times a draw of its own. The rates that turn both into seconds are given; those of this project's
machine are the defaults. The longest task bounds the stage from below, however many cores there are.
"""

import argparse
import json
from collections.abc import Callable

import numpy as np

from realsyn_lib.embeddings import Ids
from realsyn_lib.retrieval.blocks import Blocks, plan_blocks

Sizes = Callable[[np.random.Generator, int], np.ndarray]
SHAPES: dict[str, Sizes] = {
    "even": lambda random, k: np.ones(k),
    "log-normal 0.5": lambda random, k: random.lognormal(0, 0.5, k),
    "log-normal 1": lambda random, k: random.lognormal(0, 1, k),
    "log-normal 2": lambda random, k: random.lognormal(0, 2, k),
    "Pareto 1.2": lambda random, k: random.pareto(1.2, k) + 0.01,
    "30 % in one": lambda random, k: np.r_[0.3 * k, np.full(k - 1, 0.7)],
}


def main() -> None:
    """Draw, plan, reckon and print one line for each shape, then the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=float, default=0.84e9)
    parser.add_argument("--images", type=float, default=198e6)
    parser.add_argument("--clusters", type=int, default=2_000_000)
    parser.add_argument("--width", type=int, default=1024)
    parser.add_argument("--nprobe", type=int, default=1)
    parser.add_argument("--block-mb", type=int, default=256)
    parser.add_argument("--gflops", type=float, default=60.0, help="products of one core")
    parser.add_argument(
        "--mb-s", type=float, default=100.0, help="shuffled, of one core, both ways"
    )
    parser.add_argument("--cores", type=int, default=1000)
    arguments = parser.parse_args()
    heads = ("tasks", "TB moved", "core-h", "longest s", "of mean", f"h, {arguments.cores} cores")
    print(f"{'sizes':<16}" + "".join(f"{head:>15}" for head in heads))
    told = {}
    for name, shape in SHAPES.items():
        facts = reckoned(shape, arguments)
        told[name] = facts
        print(f"{name:<16}" + "".join(f"{value:>15,.3f}" for value in facts.values()))
    print(json.dumps({"name": "cluster_skew", "n": vars(arguments), "shapes": told}))


def reckoned(shape: Sizes, arguments: argparse.Namespace) -> dict[str, float]:
    """Return the figures of one shape of sizes."""
    random = np.random.default_rng(1)
    share = shape(random, arguments.clusters)
    share /= share.sum()
    asked_share = share * random.lognormal(0, 0.5, len(share))
    asked_share /= asked_share.sum()
    sizes = np.round(share * arguments.sentences).astype(np.int64)
    asked = np.round(asked_share * arguments.images * arguments.nprobe).astype(np.int64)
    blocks = plan_blocks(
        sizes, asked, 6 * arguments.width, 2 * arguments.width, arguments.block_mb * 2**20
    )
    read, products = work_of(blocks, sizes, asked, 2 * arguments.width)
    seconds = read / (arguments.mb_s * 1e6) + products * 2 * arguments.width / (
        arguments.gflops * 1e9
    )
    each = np.repeat(seconds, blocks.copies)
    return {
        "tasks": float(len(each)),
        "tb_moved": float((read * blocks.copies).sum() / 1e12),
        "core_h": float(each.sum() / 3600),
        "longest_s": float(each.max()),
        "of_mean": float(each.max() / each.mean()),
        "hours": max(float(each.sum() / arguments.cores), float(each.max())) / 3600,
    }


def work_of(blocks: Blocks, sizes: Ids, asked: Ids, row_bytes: int) -> tuple[Ids, Ids]:
    """Return the bytes that a task of each block reads and the pairs it compares, (blocks,) each.

    An image is counted once for each of its clusters, as if no two of them shared a block.
    """
    read, products = np.zeros(len(blocks.copies)), np.zeros(len(blocks.copies))
    for part in range(int(blocks.parts.max(initial=1))):
        own = blocks.parts > part
        at, held = blocks.first[own] + part, sizes[own] / blocks.parts[own]
        images = asked[own] / blocks.copies[at]
        np.add.at(read, at, (held + images) * row_bytes)
        np.add.at(products, at, held * images)
    return read, products


if __name__ == "__main__":
    main()
