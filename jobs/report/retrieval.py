"""What the last run of retrieve_texts measured of its recall."""

from jobs.published import Published
from realsyn_lib.report.content import Recall

_PREFIX = "recall.nprobe_"


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
