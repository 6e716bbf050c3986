"""A server of a language model that is killed while it is asked, and started again: nothing is lost.

    python -m tests.server_trials [--work DIR] [--kills 50] [--seed 1]

The server speaks the OpenAI protocol in a process of its own and answers after a twentieth of a second.
It gets SIGKILL when a random number of the prompts of `generate_texts` have come, and another takes its
port within a second. The stage must end with 0, its tables be those of a run without a kill, every prompt
be kept once, and no more be asked twice than were under way. WORK/journal.jsonl holds what was tried.
"""

import os
import random
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.session import open_session
from realsyn_lib.config import load_config
from tests.equal_tables import assert_equal_warehouses
from tests.fault_journal import ROOT, Journal, end, trials_parser, try_all
from tests.jobs.asked_images import AskedImages
from tests.spark_cluster import free_port, kill_all, start
from tests.udfs.models.faulty_server import FaultyServer

IMAGES = {
    number: (f"A mill stands in field {number}.", f"mill {number}") for number in range(1, 61)
}
TASKS, AT_ONCE = 2, 2  # of the stage, and requests of each
ANSWER_S = 0.05
ENTRY = f"""
models:
  big:
    role: generator
    licence: own
    memory_mb: 0
    source:
      kind: server
      base_url: http://127.0.0.1:{{port}}/v1
      served_model: big
      revision: "1"
      parallel_requests: {AT_ONCE}
      server_wait_s: 60
"""


class _SlowServer(FaultyServer):
    """Writes a point for each prompt that comes, and takes its time."""

    def __init__(self, port: int, log: str) -> None:
        self.log = log
        super().__init__(port)

    def prompt_came(self) -> None:
        with open(self.log, "a", encoding="ascii") as log:
            log.write(".")
        time.sleep(ANSWER_S)


def serve(port: int, log: str) -> None:
    """Answer until the process is killed."""
    with _SlowServer(port, log):
        threading.Event().wait()


@dataclass
class Served:
    """The server of now, and the prompts that have come to all that there were."""

    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start a server."""
        code = f"from tests.server_trials import serve; serve({self.port}, {str(self.log)!r})"
        told = self.log.with_suffix(".out")
        self.process = start([sys.executable, "-c", code], told, {"PYTHONPATH": str(ROOT)})

    def asked(self) -> int:
        """How many prompts have come."""
        return self.log.stat().st_size

    def kill(self) -> None:
        """SIGKILL the server, if there is one."""
        if self.process is not None and self.process.poll() is None:
            kill_all(self.process.pid)
            self.process.wait()


@contextmanager
def dies_at(served: Served, prompt: int, away_s: float) -> Iterator[list[int]]:
    """Kill the server when so many prompts have come; start another later; yields when it happened.

    A server ends with the thread that has started it, so the thread stays to the end.
    """
    hit: list[int] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.002):
            if served.asked() >= prompt:
                served.kill()
                hit.append(served.asked())
                over.wait(away_s)
                served.start()
                over.wait()

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield hit
    finally:
        over.set()
        watching.join()
        served.kill()


@dataclass(frozen=True)
class Trials:
    """The images, published once; what a run without a kill made of them."""

    spark: SparkSession
    served: Served
    published: Path
    whole: Path

    def generate(self, folder: Path) -> AskedImages:
        """Run the stage from a copy; return its warehouse."""
        shutil.copytree(self.published, folder)
        asked = AskedImages(self.spark, folder)
        code = asked.generate(
            "--set", "models.generator=big", "--set", f"resources.generator_tasks={TASKS}"
        )
        assert code == 0, f"ended with {code}"
        return asked

    def kill(self, name: str, folder: Path) -> dict[str, object]:
        """Kill once while prompts are asked."""
        chance = random.Random(name)
        prompt, away_s = chance.randint(1, len(IMAGES)), chance.uniform(0.0, 1.0)
        self.served.log.write_text("")
        self.served.start()
        with dies_at(self.served, prompt, away_s) as hit:
            asked = self.generate(folder)
        assert hit, "the stage was over before the kill"
        assert_equal_warehouses(self.whole, folder)
        kept = [digest for (digest,) in asked.rows("llm_answers", "prompt_digest")]
        assert len(kept) == len(set(kept)) == len(IMAGES), f"{len(kept)} answers are kept"
        again = self.served.asked() - len(IMAGES)
        assert 0 <= again <= TASKS * AT_ONCE, f"{again} prompts were asked again"
        return {"killed_at_prompt": hit[0], "away_s": round(away_s, 2), "asked_again": again}


def main() -> None:
    """Try what is not yet in the journal; exit with 1 where anything failed."""
    parser = trials_parser(__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    work = arguments.work.absolute() / "server"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    served = Served(free_port(), work / "prompts")
    served.log.write_text("")
    models = work / "models.yaml"
    models.write_text(ENTRY.format(port=served.port), encoding="utf-8")
    spark = open_session(load_config("local"), "trials")
    os.environ["REALSYN_MODELS_FILE"] = str(models)
    spark.sparkContext.environment["REALSYN_MODELS_FILE"] = str(models)
    trials = Trials(spark, served, work / "published", work / "whole")
    AskedImages(spark, trials.published).publish(IMAGES)
    served.start()
    trials.generate(trials.whole)
    served.kill()
    journal = Journal(work.parent / "journal.jsonl")
    names = [f"server/{arguments.seed}-{number}" for number in range(arguments.kills)]
    kills = ((name, partial(trials.kill, name)) for name in names)
    end(journal, try_all(kills, work / "trial", journal), "server/")


if __name__ == "__main__":
    main()
