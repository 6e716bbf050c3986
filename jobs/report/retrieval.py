"""What the last runs of retrieval and dedup measured of their recall."""

from jobs.published import Published
from realsyn_lib.report.content import Measured, Recall

_PREFIX = "recall.nprobe_"
# What is found, by which stage, and its metric; `<metric>_pairs` is what the figure rests on.
_PAIRS = (
    ("near images by their vectors", "dedup_images", "pair_recall"),
    ("near images by their vectors, when all were compared last", "dedup_images", "full_run_pair_recall"),
    ("near sentences by their words", "dedup_sentences", "candidate_recall"),
    ("near sentences by their vectors", "dedup_sentences", "pair_recall"),
    (
        "near sentences by their vectors, when all were compared last", "dedup_sentences",
        "full_run_pair_recall",
    ),
)  # fmt: skip


def recalls(published: Published) -> tuple[Recall, ...]:
    """Return recall and cost for some numbers of clusters, that of the run among them."""
    run = published.last_runs().get("retrieve_texts")
    metrics = run.metrics if run else {}
    others = sorted(int(name.removeprefix(_PREFIX)) for name in metrics if name.startswith(_PREFIX))
    rows = [
        Recall(n, metrics[f"{_PREFIX}{n}"], metrics[f"products.nprobe_{n}"])
        for n in others
        if n != metrics.get("nprobe")
    ]
    if "recall" in metrics and "nprobe" in metrics:
        used = Recall(int(metrics["nprobe"]), metrics["recall"], metrics["products"], True)
        rows.append(used)
    return tuple(sorted(rows, key=lambda row: row.nprobe))


def measured(published: Published) -> tuple[Measured, ...]:
    """Return what share of near pairs the dedup stages find."""
    runs = published.last_runs()
    found = []
    for name, stage, metric in _PAIRS:
        metrics = runs[stage].metrics if stage in runs else {}
        if metric in metrics:
            pairs = metrics.get(f"{metric}_pairs")
            found.append(Measured(name, metrics[metric], None if pairs is None else int(pairs)))
    return tuple(found)
