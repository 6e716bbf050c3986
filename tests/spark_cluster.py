"""A standalone Spark cluster on the loopback interface: a master and workers, all gone at the end."""

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyspark

HOME = Path(pyspark.__file__).parent
HOST = "127.0.0.1"
_PR_SET_PDEATHSIG = 1


@dataclass
class Cluster:
    """The running processes, by role."""

    url: str
    web: str
    work: Path
    environment: dict[str, str]
    master: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_worker(self, memory: str) -> subprocess.Popen[bytes]:
        """Start a worker of one core, as a node of its own; return once the master knows it."""
        known, number = len(self._workers_alive()), len(self.workers) + 1
        name = f"worker-{number}"
        # An address each: Spark starts no second attempt of a task on the host of the first.
        arguments = [
            "--host",
            f"127.0.0.{number}",
            "--cores",
            "1",
            "--memory",
            memory,
            "--webui-port",
            "0",
        ]
        arguments += ["--work-dir", str(self.work / name), self.url]
        process = self._start("org.apache.spark.deploy.worker.Worker", name, *arguments)
        self.workers.append(process)
        wait_until(lambda: len(self._workers_alive()) > known, f"{name} is known to the master")
        return process

    def start_master(self, port: int, web_port: int) -> None:
        """Start the master; return once it answers."""
        ports = ["--port", str(port), "--webui-port", str(web_port)]
        name = "org.apache.spark.deploy.master.Master"
        self.master = self._start(name, "master", "--host", HOST, *ports)
        wait_until(lambda: read_json(f"{self.web}/json/") is not None, "the master answers")

    def stop(self) -> None:
        """End every process that was started, and what they have started."""
        started = [*self.workers, *([self.master] if self.master else [])]
        for process in started:
            kill_tree(process)

    def _workers_alive(self) -> list[dict[str, Any]]:
        state = read_json(f"{self.web}/json/") or {"workers": []}
        return [worker for worker in state["workers"] if worker["state"] == "ALIVE"]

    def _start(self, name: str, log: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [str(HOME / "bin" / "spark-class"), name, *arguments]
        return start(command, self.work / f"{log}.log", self.environment)


@contextlib.contextmanager
def standalone(
    work: Path, environment: dict[str, str], workers: int, memory: str
) -> Iterator[Cluster]:
    """Run a master and workers of one core each for the time of the block."""
    port, web_port = free_port(), free_port()
    given = {"SPARK_HOME": str(HOME), "SPARK_LOCAL_IP": HOST, "SPARK_DAEMON_MEMORY": "256m"}
    cluster = Cluster(
        f"spark://{HOST}:{port}", f"http://{HOST}:{web_port}", work, {**environment, **given}
    )
    try:
        cluster.start_master(port, web_port)
        for _ in range(workers):
            cluster.start_worker(memory)
        yield cluster
    finally:
        cluster.stop()


def start(command: list[str], log: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a process that ends with this one, however this one ends."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        return subprocess.Popen(
            command, env=environment, stdout=file, stderr=file, stdin=subprocess.DEVNULL,
            start_new_session=True, preexec_fn=_end_with_parent,
        )  # fmt: skip


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def kill_tree(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL a process and all below it: a node that is gone."""
    kill_all(process.pid)
    process.wait()


def kill_all(pid: int) -> None:
    """SIGKILL a process of any parent and all below it."""
    for one in [pid, *descendants(pid)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    """Return the ids of the processes below one, from the table of all processes."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text(errors="replace").rsplit(")", 1)[-1].split()
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, pending = [], [pid]
    while pending:
        below = children.get(pending.pop(), [])
        found += below
        pending += below
    return found


def commands_below(pid: int) -> list[list[str]]:
    """Return the command lines of the processes below one."""
    return [command_of(below) for below in descendants(pid)]


def command_of(pid: int) -> list[str]:
    """Return the command line of a process; nothing of one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return []


def python_workers_below(pid: int) -> list[int]:
    """Return the Python processes that work for a Java below one; the daemon that forks them is none."""
    daemons = [below for below in descendants(pid) if "pyspark.daemon" in command_of(below)]
    forked = {below for daemon in daemons for below in descendants(daemon)}
    return sorted(forked.intersection(daemons))


def executors_below(pid: int) -> set[str]:
    """Return the ids of the executors that a worker runs."""
    return {
        words[place + 1]
        for words in commands_below(pid)
        for place, word in enumerate(words)
        if word == "--executor-id"
    }


def free_port() -> int:
    """Return a port of the loopback interface that nothing listens at now."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def read_json(url: str) -> Any:
    """Return what a loopback address answers; None where nobody answers yet."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def wait_until(is_so: Any, what: str, seconds: float = 60.0) -> None:
    """Ask until it is so.

    Raises:
        TimeoutError: it did not come.
    """
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(0.1)
