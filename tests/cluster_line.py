"""The whole line on a cluster of two workers, one killed in mid-stage: the tables are a local run's.

    python -m tests.cluster_line [--work DIR] [--to STAGE]

The code comes from the wheel alone, shipped by --py-files; the packages it needs are those of this
environment. Each stage is a spark-submit of its own. `make cluster-test`.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from jobs.jars import delta_jars
from realsyn_lib.stages import STAGES, stages_between
from realsyn_lib.tables import TABLES_BY_NAME
from tests.equal_tables import assert_equal_warehouses, published
from tests.slices import EMPTY_OF_TINY, TINY, copy_slice
from tests.spark_cluster import (
    HOME,
    HOST,
    Cluster,
    commands_below,
    executors_below,
    free_port,
    kill_tree,
    read_json,
    standalone,
    start,
    wait_until,
)

ROOT = Path(__file__).resolve().parents[1]
KILLED_IN = "filter_sentences"  # its tasks ask a language model: they are long enough to be hit
SETTINGS = ("generate.max_new_tokens=24", "clusters.sentences_per_centroid=20")
SMALL_TABLES = {  # what a local session sets, too: fewer jobs and tasks
    "spark.sql.adaptive.enabled": "false",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
}
QUICK_JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
STAGE_LIMIT_S = 400


@dataclass(frozen=True)
class Line:
    """What runs: the pages, the interpreter and the archive of the code."""

    work: Path
    pages: Path
    python: Path
    archive: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def warehouse(self) -> Path:
        """Where the cluster's tables lie."""
        return self.work / "cluster"

    def command(self, stage: str, url: str, ui_port: int) -> list[str]:
        """Return the spark-submit of a stage."""
        conf = {
            "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
            "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
            **SMALL_TABLES,
            "spark.driver.host": HOST,
            "spark.driver.memory": "1g",
            "spark.executor.memory": "1g",
            "spark.ui.port": str(ui_port),
            "spark.driver.extraJavaOptions": QUICK_JVM,
            "spark.executor.extraJavaOptions": QUICK_JVM,
        }
        command = [str(HOME / "bin" / "spark-submit"), "--master", url, "--name", stage]
        command += ["--py-files", str(self.archive), "--jars", ",".join(delta_jars())]
        for key, value in conf.items():
            command += ["--conf", f"{key}={value}"]
        command += [str(self.work / "jobs" / f"{stage}.py"), "--set", "spark.master=null"]
        command += ["--warehouse", str(self.warehouse)]
        if stage == "extract_documents":
            command += ["--input", str(self.pages), "--format", "html"]
        return command + with_settings()


def with_settings() -> list[str]:
    """Return the settings of both runs as arguments."""
    return [word for setting in SETTINGS for word in ("--set", setting)]


def make_line(work: Path) -> Line:
    """Copy the pages, build the wheel, and make an interpreter that sees no checkout."""
    pages = copy_slice(TINY, work / "pages")
    (work / "jobs").mkdir(parents=True)
    for spec in STAGES:
        shutil.copy(ROOT / "jobs" / f"{spec.name}.py", work / "jobs")
    python = bare_python(work / "python")
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    own = {"SPARK_HOME": str(HOME), "SPARK_LOCAL_IP": HOST}
    own |= {name: str(python) for name in ("PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON")}
    return Line(work, pages, python, built_archive(work / "dist"), {**kept, **own})


def built_archive(folder: Path) -> Path:
    """Build the wheel from a copy of the checkout; Spark puts .zip on the workers' path, not .whl."""
    left_out = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "tests")
    shutil.copytree(ROOT, folder / "copy", ignore=left_out)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(folder), str(folder / "copy")], check=True)
    (wheel,) = folder.glob("realsyn-*.whl")
    return wheel.rename(folder / "realsyn.zip")


def bare_python(folder: Path) -> Path:
    """Return an interpreter with the packages of this one, but not what is installed for editing."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    shared = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "shared.pth").write_text("\n".join(shared) + "\n", encoding="utf-8")
    return folder / "bin" / "python"


def run_local(line: Line, last: str | None) -> Path:
    """Run the same pages by the command of this environment; return the warehouse."""
    place = line.work / "local"
    command = [str(Path(sys.executable).parent / "realsyn"), "run", "--format", "html"]
    command += ["--input", str(line.pages), "--warehouse", str(place), *with_settings()]
    command += ["--to", last] if last else []
    with (line.work / "local.log").open("wb") as log:
        subprocess.run(command, stdout=log, stderr=log, check=True)
    return place


def run_stage(line: Line, cluster: Cluster, stage: str, has_victim: bool) -> None:
    """Submit a stage and wait for it; a worker is killed on the way."""
    port, log = free_port(), line.work / "logs" / f"{stage}.log"
    driver = start(line.command(stage, cluster.url, port), log, line.environment)
    try:
        if has_victim:
            kill_worker(cluster, driver, port)
        code = driver.wait(timeout=STAGE_LIMIT_S)
    finally:
        kill_tree(driver)
    told = log.read_text(errors="replace")
    assert code == 0, f"{stage} ended with {code}; see {log}:\n{told[-3000:]}"
    if has_victim:
        assert "Lost executor" in told, f"{stage} did not notice the kill; see {log}"
        lost = told.count("while it was being computed, its executor exited")
        assert lost, f"no task of {stage} was lost; see {log}"
        print(f"tasks lost and done again: {lost}", flush=True)


def kill_worker(cluster: Cluster, driver: subprocess.Popen[bytes], ui_port: int) -> None:
    """Kill a worker, its executor and Python processes while the executor works on a task."""
    api = f"http://{HOST}:{ui_port}/api/v1/applications"
    busy: list[subprocess.Popen[bytes]] = []

    def one_is_busy() -> bool:
        assert driver.poll() is None, "the stage ended before a task of it was hit"
        apps = [f"{api}/{app['id']}" for app in read_json(api) or []]
        busy[:] = [w for w in cluster.workers if any(is_working(app, w.pid) for app in apps)]
        return bool(busy)

    wait_until(one_is_busy, "a task runs on a worker", seconds=STAGE_LIMIT_S)
    kill_tree(busy[0])
    print(f"killed worker {cluster.workers.index(busy[0]) + 1} with a task running", flush=True)


def is_working(api: str, worker: int) -> bool:
    """Say whether a task has run for a second on an executor of this worker that has Python workers."""
    if not any("pyspark.daemon" in words for words in commands_below(worker)):
        return False
    executors = executors_below(worker)
    stages = read_json(f"{api}/stages?status=active&details=true") or []
    tasks = [task for stage in stages for task in stage.get("tasks", {}).values()]
    return any(
        task["status"] == "RUNNING" and task["executorId"] in executors
        for task in tasks
        if task.get("duration", 0) > 1000
    )


def assert_nothing_is_empty(warehouse: Path) -> None:
    """Fail where a table has no rows that should have some: it would be equal to anything."""
    found = published(warehouse)
    rows = {name: found.read(TABLES_BY_NAME[name]).num_rows for name in found.versions}
    print("rows:", ", ".join(f"{name} {count}" for name, count in sorted(rows.items())))
    assert {name for name, count in rows.items() if not count} == EMPTY_OF_TINY, rows


def main() -> None:
    """Run both, kill one worker, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "cluster")
    parser.add_argument("--to", help="last stage")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.work, ignore_errors=True)
    line = make_line(arguments.work.absolute())
    local = run_local(line, arguments.to)
    with standalone(line.work / "spark", line.environment, workers=2, memory="1500m") as cluster:
        for spec in stages_between(None, arguments.to):
            started = time.monotonic()
            has_victim = spec.name == KILLED_IN
            run_stage(line, cluster, spec.name, has_victim)
            if has_victim:
                cluster.start_worker("1500m")
            print(f"{spec.name}: {time.monotonic() - started:.1f} s", flush=True)
    assert_nothing_is_empty(local)
    assert_equal_warehouses(local, line.warehouse)
    print("cluster-test: tables equal those of the local run")


if __name__ == "__main__":
    main()
