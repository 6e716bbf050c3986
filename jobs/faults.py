"""Turns what Spark, Delta and the system raise into errors with an exit code and a remedy."""

import errno
import re
import subprocess
from collections.abc import Callable, Mapping
from typing import TypeVar

from py4j.protocol import Py4JError, Py4JJavaError
from pyspark import SparkContext
from pyspark.errors import PySparkException

from jobs.disk_room import room_told
from realsyn_lib import errors
from realsyn_lib.errors import ContractError, EnvironmentFault, RealSynError

T = TypeVar("T")

_FULL = ("No space left on device", "Disk quota exceeded")
_DENIED = ("Permission denied", "Read-only file system", "AccessDenied")
# Of Hadoop, where a block is not what the file beside it tells; of parquet, where a page is not.
_DAMAGED = ("ChecksumException: ", "CRC checksum verification failed", "is not a Parquet file")
# Of Py4J, where nobody is left to talk to.
_SILENT = ("Answer from Java side is empty", "Error while sending or receiving")
# Of Spark, of a worker that ended each time; one that a library brought down says more.
_KILLED, _CRASHED = ("Python worker exited unexpectedly",), "Fatal Python error: "
_LOST = ("ExecutorLostFailure",)
_JAVA_FULL = ("java.lang.OutOfMemoryError", "SparkOutOfMemoryError")
# Of Python, Arrow, numpy, torch and C++, where the system gives no memory; a GPU's is another matter.
_NO_MEMORY = re.compile(
    "(?<!OutOf)MemoryError|DefaultCPUAllocator: |Cannot allocate memory|std::bad_alloc"
)
_MORE_FOR_JAVA = (
    "give it more with --set spark.driver_memory=8g (on a cluster --conf spark.executor.memory), or fewer "
    'tasks at once with --set spark.master="local[1]", and give the same command again: finished work is kept'
)
_MORE_FOR_PYTHON = (
    "leave Python more with a smaller --set spark.driver_memory=1g or fewer tasks at once, "
    '--set spark.master="local[1]", on a cluster with more --conf spark.executor.memoryOverhead or fewer '
    "--conf spark.executor.cores, and give the same command again: finished work is kept"
)
_ENDING_S = 2.0  # its sockets close before it is gone
_READING = ("Encountered error while reading file",)  # Spark's own words, with the path
_KINDS = {
    kind.__name__: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, RealSynError)
}


def as_known_error(
    error: Exception, where: str, places: Mapping[str, str] | None = None
) -> RealSynError:
    """Return ``error`` as an error of ours: itself, a refusal by the machine, or a fault of ours.

    ``places``: paths or URIs that are written to, by what they are; told of where a disk was full.
    """
    if isinstance(error, RealSynError):
        return error
    text = _whole_text(error)
    if _is(error, errno.ENOSPC, errno.EDQUOT) or any(mark in text for mark in _FULL):
        return EnvironmentFault(
            f"{where}: the disk is full ({_line_with(text, _FULL)}); left are {room_told(places or {})}: "
            "free space there and give the same command again: finished work is kept"
        )
    if _is(error, errno.EACCES, errno.EROFS) or any(mark in text for mark in _DENIED):
        return EnvironmentFault(
            f"{where}: access was refused ({_line_with(text, _DENIED)}); give this user the right to "
            "read and write there, or choose another --warehouse"
        )
    if _is_java_gone(error, text):
        return EnvironmentFault(
            f"{where}: Spark's Java process ended in the middle of it, killed or out of memory (its own last "
            f"words stand above); {_MORE_FOR_JAVA}"
        )
    if any(mark in text for mark in _DAMAGED):
        return ContractError(
            f"{where}: a file is not as it was written ({_line_with(text, _READING)} "
            f"{_line_with(text, _DAMAGED)}); Hadoop may have moved "
            "it to a folder bad_files on its disk: restore it from a backup, or run the stage that writes "
            "its table again with --force; `realsyn verify` names what else is damaged"
        )
    raised_in_task = _raised_in_task(text)
    if raised_in_task is not None:
        return raised_in_task
    no_memory = _want_of_memory(error, text)
    if no_memory is not None:
        return EnvironmentFault(f"{where}: {no_memory}")
    return RealSynError(f"{where}: {type(error).__name__}: {_headline(text)}")


def lacks_a_file(error: Exception) -> bool:
    """Say whether a file that a table's log names is no longer there, as after VACUUM."""
    return "FILE_NOT_EXIST" in _whole_text(error)


def unless_gone(look: Callable[[], T]) -> T | None:
    """Return what reading an old version of a table gives; None where its log or files are gone.

    As after VACUUM: what would be gone on with is then done anew.
    """
    try:
        return look()
    except ContractError:  # the log no longer tells of that version
        return None
    except (Py4JError, PySparkException) as error:
        if not lacks_a_file(error):
            raise
        return None


def _raised_in_task(text: str) -> RealSynError | None:
    """Find an error of ours in the traceback of a Python worker: ``module.Kind: message``."""
    for line in text.splitlines():
        name, colon, message = line.strip().partition(": ")
        kind = _KINDS.get(name.removeprefix("realsyn_lib.errors."))
        if colon and kind is not None and name.startswith("realsyn_lib.errors."):
            return kind(message)
    return None


def _want_of_memory(error: Exception, text: str) -> str | None:
    """Return who got no memory and what to do; None where nobody says so."""
    if any(mark in text for mark in _JAVA_FULL):
        return f"Java ran out of memory ({_line_with(text, _JAVA_FULL)}); {_MORE_FOR_JAVA}"
    refused = _NO_MEMORY.search(text)
    if refused or isinstance(error, MemoryError) or _is(error, errno.ENOMEM):
        said = _line_with(text, (refused[0],)) if refused else type(error).__name__
        return f"Python got no more memory ({said}); {_MORE_FOR_PYTHON}"
    if _CRASHED not in text and any(mark in text for mark in _KILLED):
        said = _line_with(text, _KILLED)
        return f"Python workers were killed, most likely for want of memory ({said}); {_MORE_FOR_PYTHON}"
    if any(mark in text for mark in _LOST):
        return (
            f"executors were lost, time after time ({_line_with(text, _LOST)}); where they were killed for "
            f"want of memory (exit code 137), {_MORE_FOR_PYTHON}"
        )
    return None


def _whole_text(error: BaseException | None) -> str:
    parts: list[str] = []
    while error is not None and len(parts) < 20:
        parts.append(_text_of(error))
        if isinstance(error, PySparkException | Py4JError):
            parts.append(str(getattr(error, "_stackTrace", "") or ""))
        error = error.__cause__ or error.__context__
    return "\n".join(parts)


def _is_java_gone(error: Exception, text: str) -> bool:
    """Say whether the process of Java has ended; where it was not started from here, by Py4J's words."""
    if any(mark in text for mark in _SILENT):
        return True
    is_answer = isinstance(error, Py4JJavaError) or not isinstance(
        error, Py4JError | ConnectionError
    )
    if is_answer:
        return _is_stopped()
    process = getattr(SparkContext._gateway, "proc", None)
    if process is None:
        return False
    try:
        process.wait(_ENDING_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _is_stopped() -> bool:
    """Say whether Java was asked to end: it stops Spark first, and may answer a few times more."""
    context = SparkContext._active_spark_context
    try:
        return context is not None and bool(context._jsc.sc().isStopped())
    except (Py4JError, OSError):
        return True


def _text_of(error: BaseException) -> str:
    """Return the words of an error; those of Java are asked of its process, which may be gone."""
    try:
        return str(error)
    except (Py4JError, OSError):
        return _SILENT[0]


def _is(error: BaseException, *codes: int) -> bool:
    return isinstance(error, OSError) and error.errno in codes


def _line_with(text: str, marks: tuple[str, ...]) -> str:
    lines = (line.strip(" :\t") for line in text.splitlines())
    return next((line[:300] for line in lines if any(m in line for m in marks)), "")


def _headline(text: str) -> str:
    """The most telling line: a crash, the last exception line of a Python traceback, else the first line."""
    if _CRASHED in text:
        return _line_with(text[text.index(_CRASHED) :], (_CRASHED,))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    python = [line for line in lines if "Error: " in line and not line.startswith("at ")]
    return (python[-1] if python else lines[0] if lines else "no message")[:400]
