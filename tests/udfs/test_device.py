import inspect
from types import SimpleNamespace

import faiss
import numpy as np
import pytest
import torch
from pyspark import TaskContext

from realsyn_lib.errors import ModelError
from realsyn_lib.retrieval.device_products import device_knn, multiply_on
from udfs.device import _gpu_knn, halving, resident, search_on_device, task_device, task_threads


def fits_at_most(rows: int):
    def call(batch: np.ndarray) -> np.ndarray:
        if len(batch) > rows:
            raise torch.cuda.OutOfMemoryError("too large")
        return batch * 10

    return call


@pytest.mark.parametrize("rows", [1, 2, 3, 7, 8])
def test_a_batch_that_does_not_fit_is_halved_and_its_order_kept(rows):
    batch = np.arange(7)
    assert halving(batch, fits_at_most(rows)).tolist() == (batch * 10).tolist()


def test_answers_in_a_list_keep_their_order_too():
    call = fits_at_most(2)
    found = halving(np.arange(5), lambda batch: [f"answer {n}" for n in call(batch)])
    assert found == ["answer 0", "answer 10", "answer 20", "answer 30", "answer 40"]


def test_one_row_that_does_not_fit_names_the_settings_that_give_it_room():
    with pytest.raises(ModelError, match=r"one row does not fit .*resources.gpus_per_task=1"):
        halving(np.arange(4), fits_at_most(0))


def test_another_fault_is_not_taken_for_a_lack_of_memory():
    calls = []

    def broken(batch: np.ndarray) -> np.ndarray:
        calls.append(len(batch))
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        halving(np.arange(4), broken)
    assert calls == [4]


def test_what_is_resident_is_loaded_once_for_each_key():
    loads: list[str] = []

    def load(name: str) -> str:
        loads.append(name)
        return name

    key = object()
    assert [resident((key, n), lambda n=n: load(n)) for n in "aab"] == ["a", "a", "b"]
    assert loads == ["a", "b"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_a_task_computes_on_the_cpu():
    assert task_device() == "cpu"


def test_threads_are_at_least_one_and_at_most_the_cores():
    assert task_threads(0) == 1
    assert 1 <= task_threads(10_000) < 10_000


@pytest.mark.skipif(faiss.get_num_gpus() > 0, reason="this machine has a GPU")
def test_without_a_gpu_searches_multiply_by_numpy():
    search_on_device()
    assert device_knn() is None


class Resources:
    def setTempMemory(self, size):  # noqa: N802
        self.size = size


def test_with_gpus_searches_multiply_on_that_of_the_task(monkeypatch):
    calls = []
    accepted = inspect.signature(faiss.knn_gpu)  # of faiss itself, also where it was built without

    def knn_gpu(*given, **named):
        bound = accepted.bind(*given, **named).arguments
        calls.append((bound["device"], bound["k"], bound["res"].size))
        return faiss.knn(bound["xq"], bound["xb"], bound["k"], metric=bound["metric"])

    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 2)
    monkeypatch.setattr(faiss, "StandardGpuResources", Resources, raising=False)
    monkeypatch.setattr(faiss, "knn_gpu", knn_gpu)
    try:
        for partition in (0, 1, 2):  # of one worker process, one after the other
            monkeypatch.setattr(
                TaskContext, "get", lambda n=partition: SimpleNamespace(
                    resources=dict, partitionId=lambda: n
                )
            )  # fmt: skip
            search_on_device()
            eye = np.eye(3, dtype=np.float32)
            scores, rows = device_knn()(eye, eye[::-1], 1)
            assert rows.tolist() == [[2], [1], [0]]
            assert scores.tolist() == [[1.0], [1.0], [1.0]]
    finally:
        multiply_on(None)
        _gpu_knn.cache_clear()
    assert calls == [(0, 1, 2**28), (1, 1, 2**28), (0, 1, 2**28)]


def task_with(monkeypatch, addresses: list[str] | None, attempt: int = 7) -> None:
    """Let this process be a task that Spark gave these GPUs, or none."""
    given = {"gpu": SimpleNamespace(addresses=addresses)} if addresses else {}
    context = SimpleNamespace(
        resources=lambda: given, partitionId=lambda: 5, taskAttemptId=lambda: attempt
    )
    monkeypatch.setattr(TaskContext, "get", lambda: context)


@pytest.mark.parametrize(
    ("address", "visible", "count", "index"),
    [
        ("1", "", 4, 1),
        ("3", "2,3", 2, 1),  # torch counts the visible ones
        ("GPU-ab", "GPU-cd,GPU-ab", 2, 1),
        ("GPU-ab", "", 1, 0),  # a container that shows one card
        ("3", "", 1, 0),
        (None, "", 4, 1),  # no address: by turns, partition 5 of 4 cards
    ],
)
def test_a_task_computes_on_the_gpu_that_spark_gave_it(monkeypatch, address, visible, count, index):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    task_with(monkeypatch, [address] if address else None)
    assert task_device() == f"cuda:{index}"
