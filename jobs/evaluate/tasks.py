"""The tasks of CLIP_benchmark: what each makes of a set and an encoder."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import numpy as np

from realsyn_lib.config import Config
from realsyn_lib.errors import GateError
from realsyn_lib.evaluation.benchmark_samples import (
    BenchmarkSample,
    captioned_images,
    labelled_images,
)
from realsyn_lib.evaluation.benchmark_set import TEST, TRAIN, BenchmarkSet
from realsyn_lib.evaluation.class_vectors import class_vectors
from realsyn_lib.evaluation.metrics import (
    mean_per_class_recall,
    ranked_classes,
    roc_auc,
    top_accuracy,
)
from realsyn_lib.evaluation.paper_lists import Task
from realsyn_lib.evaluation.retrieval import retrieval_recalls
from udfs.benchmark_vectors import BenchmarkVectors, benchmark_vectors
from udfs.guarded_decode import ChildLimits
from udfs.linear_probe import ProbeSettings, fit_probe
from udfs.models.encoder import Encoder

TASKS: tuple[Task, ...] = ("zeroshot_classification", "zeroshot_retrieval", "linear_probe")
_RECALLS = (1, 5, 10)
_TOP = 5


@dataclass(frozen=True)
class Measured:
    """Metrics of a task; images that counted, and those left out by reason."""

    metrics: dict[str, float]
    images: int
    refused: dict[str, int]


@dataclass(frozen=True)
class Bench:
    """What every task needs: the encoder, the settings, and where it computes."""

    encoder: Encoder
    config: Config
    limits: ChildLimits
    device: str

    def vectors(
        self, samples: Iterator[BenchmarkSample], refused: Counter[str]
    ) -> Iterator[BenchmarkVectors]:
        """Yield the sound samples with their vectors, and count the others."""
        config = self.config
        for part in benchmark_vectors(
            self.encoder, samples, config.images.max_pixels, self.limits, config.resources.decoders
        ):
            refused.update(part.refused)
            yield part


def fits(task: Task, chosen: BenchmarkSet) -> bool:
    """Say whether a set has what a task needs."""
    if task == "zeroshot_retrieval":
        return chosen.kind == "retrieval"
    return chosen.kind == "classification" and (task != "linear_probe" or TRAIN in chosen.shards)


def measure(task: Task, chosen: BenchmarkSet, bench: Bench) -> Measured:
    """Run a task on a set.

    Raises:
        GateError: no image of the set is sound.
        InputError: a shard cannot be read.
    """
    work = {
        "zeroshot_classification": _zero_shot,
        "zeroshot_retrieval": _retrieval,
        "linear_probe": _linear_probe,
    }
    return work[task](chosen, bench)


def _zero_shot(chosen: BenchmarkSet, bench: Bench) -> Measured:
    classes = class_vectors(bench.encoder.embed_texts, chosen.classes, chosen.templates)
    refused: Counter[str] = Counter()
    parts = bench.vectors(labelled_images(chosen.shards[TEST], len(chosen.classes)), refused)
    told = _Told(len(chosen.classes))
    for part in parts:
        told.add(part.vectors @ classes.T, [sample.label for sample in part.samples])
    return told.measured(chosen, refused, "")


def _linear_probe(chosen: BenchmarkSet, bench: Bench) -> Measured:
    classes, evaluate = len(chosen.classes), bench.config.evaluate
    refused: Counter[str] = Counter()
    settings = ProbeSettings(
        evaluate.probe_epochs,
        evaluate.probe_learning_rate,
        evaluate.probe_batch_size,
        evaluate.seed,
    )
    train = bench.vectors(labelled_images(chosen.shards[TRAIN], classes), refused)
    with _on_disk(train, bench.encoder.width) as (vectors, labels):
        _require_images(chosen, TRAIN, len(labels), refused)
        probe = fit_probe(vectors, labels, classes, settings, bench.device)
    refused.clear()
    told = _Told(classes)
    for part in bench.vectors(labelled_images(chosen.shards[TEST], classes), refused):
        told.add(probe.scores(part.vectors), [sample.label for sample in part.samples])
    measured = told.measured(chosen, refused, "lp_")
    return Measured({
        **measured.metrics, "weight_decay": 0.0, "epochs": settings.epochs, "seed": settings.seed,
        "fewshot_k": -1, "normalized": True,
    }, measured.images, measured.refused)  # fmt: skip


def _retrieval(chosen: BenchmarkSet, bench: Bench) -> Measured:
    refused: Counter[str] = Counter()
    images: list[np.ndarray] = []
    captions: list[str] = []
    owners: list[int] = []
    count = 0
    for part in bench.vectors(captioned_images(chosen.shards[TEST]), refused):
        images.append(part.vectors)
        for sample in part.samples:
            captions += sample.captions
            owners += [count] * len(sample.captions)
            count += 1
    _require_images(chosen, TEST, count, refused)
    texts = bench.encoder.embed_texts(captions)
    recalls = retrieval_recalls(
        np.concatenate(images), texts, np.array(owners, dtype=np.int64), _RECALLS
    )
    return Measured(recalls, count, dict(refused))


class _Told:
    """What images were told as: the first classes of each, its label, and of two classes the lead."""

    def __init__(self, classes: int) -> None:
        self._classes = classes
        self._ranked: list[np.ndarray] = []
        self._labels: list[int] = []
        self._leads: list[np.ndarray] = []

    def add(self, scores: np.ndarray, labels: list[int]) -> None:
        self._ranked.append(ranked_classes(scores, min(_TOP, self._classes)))
        self._labels += labels
        if self._classes == 2:
            self._leads.append(scores[:, 1] - scores[:, 0])

    def measured(self, chosen: BenchmarkSet, refused: Counter[str], prefix: str) -> Measured:
        _require_images(chosen, TEST, len(self._labels), refused)
        ranked, labels = np.concatenate(self._ranked), np.array(self._labels, dtype=np.int64)
        metrics = {
            "acc1": top_accuracy(ranked, labels, 1),
            "acc5": top_accuracy(ranked, labels, _TOP),
            "mean_per_class_recall": mean_per_class_recall(ranked[:, 0], labels),
        }
        if self._classes == 2:
            metrics["roc_auc"] = roc_auc(np.concatenate(self._leads), labels)
        named = {f"{prefix}{name}": value for name, value in metrics.items()}
        return Measured(named, len(labels), dict(refused))


@contextmanager
def _on_disk(
    parts: Iterator[BenchmarkVectors], width: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give vectors as a mapped file of float16 and their labels: ImageNet's are 1.3 GB at width 512."""
    labels: list[int] = []
    with tempfile.TemporaryFile(prefix="realsyn-probe-") as file:
        for part in parts:
            file.write(part.vectors.astype("<f2").tobytes())
            labels += [sample.label for sample in part.samples]
        yield _mapped(file, len(labels), width), np.array(labels, dtype=np.int64)


def _mapped(file: IO[bytes], rows: int, width: int) -> np.ndarray:
    file.flush()
    if not rows:
        return np.zeros((0, width), dtype="<f2")
    return np.memmap(file, dtype="<f2", mode="r", shape=(rows, width))


def _require_images(chosen: BenchmarkSet, split: str, count: int, refused: Counter[str]) -> None:
    if count == 0:
        raise GateError(
            f"evaluate: set {chosen.name} has no sound image in {split}: {dict(refused) or 'it is empty'}"
        )
