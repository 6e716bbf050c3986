"""Faults of the machine, raised for real by the system, the JVM and a Python worker."""

import errno
import os
import signal
import tempfile
from importlib import import_module
from pathlib import Path

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException

from jobs.faults import as_known_error
from realsyn_lib.errors import EnvironmentFault, ModelError, RealSynError

FULL = "/dev/full"  # each write to it fails as on a full disk
on_linux = pytest.mark.skipif(not Path(FULL).exists(), reason="the system has no /dev/full")


def fault_of(work, kind: type[Exception]) -> RealSynError:
    with pytest.raises(kind) as raised:
        work()
    return as_known_error(raised.value, "fetch_images")


def assert_told_as_full(error: RealSynError) -> None:
    assert isinstance(error, EnvironmentFault) and error.exit_code == 2
    assert str(error).startswith("fetch_images: the disk is full (")
    assert f" MB in spark.local.dir {tempfile.gettempdir()}" in str(error)
    assert "\n" not in str(error)


@on_linux
def test_a_disk_full_for_the_driver():
    assert_told_as_full(fault_of(lambda: Path(FULL).write_text("x"), OSError))


@on_linux
@pytest.mark.spark
def test_a_disk_full_for_the_jvm(spark):
    stream = spark.sparkContext._jvm.java.io.FileOutputStream(FULL)
    assert_told_as_full(fault_of(lambda: stream.write(1), Py4JJavaError))


def in_worker(spark, act) -> None:
    def mapped(batches):
        act()
        yield from batches

    spark.range(3).mapInArrow(mapped, "id bigint").collect()


@on_linux
@pytest.mark.spark
def test_a_disk_full_for_a_worker(spark):
    found = fault_of(
        lambda: in_worker(spark, lambda: Path("/dev/full").write_text("x")), PySparkException
    )
    assert_told_as_full(found)


@pytest.mark.spark
def test_an_error_of_ours_in_a_worker_is_that_error_again(spark):
    def act():
        from realsyn_lib.errors import ModelError

        raise ModelError("model x: has no weights; fetch it again")

    found = fault_of(lambda: in_worker(spark, act), PySparkException)
    assert isinstance(found, ModelError)
    assert str(found) == "model x: has no weights; fetch it again"


@pytest.mark.spark
def test_any_other_fault_of_a_worker_is_told_by_its_last_line(spark):
    found = fault_of(lambda: in_worker(spark, lambda: {}["missing"]), PySparkException)
    assert type(found) is RealSynError and found.exit_code == 1
    assert "KeyError: 'missing'" in str(found)


def ended_by(number: int):
    return lambda: os.kill(os.getpid(), number)


@pytest.mark.spark
def test_workers_that_the_system_kills_each_time_are_told_with_what_to_do_about_memory(spark):
    found = fault_of(lambda: in_worker(spark, ended_by(signal.SIGKILL)), Py4JJavaError)
    assert isinstance(found, EnvironmentFault) and found.exit_code == 2
    assert str(found).startswith(
        "fetch_images: Python workers were killed, most likely for want of memory ("
    )
    assert "failed 4 times" in str(found) and 'spark.master="local[1]"' in str(found)
    assert "\n" not in str(found)


@pytest.mark.spark
@pytest.mark.parametrize("module", ["numpy", "torch", "builtins"])
def test_a_worker_or_driver_that_gets_no_memory_is_told_so(spark, module):
    petabyte = 1 << 50

    def act():
        library = import_module(module)
        library.bytearray(petabyte) if module == "builtins" else library.empty(petabyte)

    for found in (
        fault_of(lambda: in_worker(spark, act), PySparkException),
        fault_of(act, Exception),
    ):
        assert isinstance(found, EnvironmentFault) and "spark.driver_memory" in str(found)
        assert "()" not in str(found)


@pytest.mark.spark
def test_a_process_that_cannot_be_forked_for_want_of_memory_is_told_so(spark):
    def act():
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    for found in fault_of(lambda: in_worker(spark, act), PySparkException), fault_of(act, OSError):
        assert isinstance(found, EnvironmentFault) and "Cannot allocate memory" in str(found)


@pytest.mark.spark
def test_java_that_runs_out_of_memory_wants_more_not_less(spark):
    java = spark.sparkContext._jvm.java
    answer = java.util.concurrent.CompletableFuture()
    answer.completeExceptionally(java.lang.OutOfMemoryError("Java heap space"))
    found = fault_of(answer.get, Py4JJavaError)
    assert isinstance(found, EnvironmentFault) and "Java heap space" in str(found)
    assert "give it more with --set spark.driver_memory=8g" in str(found)


@pytest.mark.spark
def test_the_memory_of_a_gpu_is_not_the_machine_s(spark):
    def act():
        import torch

        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    found = fault_of(lambda: in_worker(spark, act), PySparkException)
    assert type(found) is RealSynError and "CUDA out of memory" in str(found)


@pytest.mark.spark
def test_a_library_that_brings_a_worker_down_is_no_want_of_memory(spark):
    found = fault_of(lambda: in_worker(spark, ended_by(signal.SIGSEGV)), Py4JJavaError)
    assert type(found) is RealSynError and found.exit_code == 1
    assert str(found).endswith("Fatal Python error: Segmentation fault")


def test_a_folder_that_may_not_be_read_or_written(tmp_path):
    error = PermissionError(13, "Permission denied", str(tmp_path / "runs"))
    found = as_known_error(error, "fetch_images")
    assert isinstance(found, EnvironmentFault)
    assert "access was refused" in str(found) and "read and write there" in str(found)
    assert str(tmp_path / "runs") in str(found)
