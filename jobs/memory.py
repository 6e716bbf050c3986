"""What a stage keeps for its next run: working results beside the tables, so that it does what is new."""

import json

from pyspark.sql import DataFrame

from jobs.ledger import StageRun
from jobs.past_tables import may_go_on
from jobs.stage import Stage
from realsyn_lib.files import remove_folder, subfolders
from realsyn_lib.integrity.guarded_files import read_guarded, write_guarded

_METRIC = "memory"  # of runs: names the folder; 52 bits, which a double holds exactly
SEAL = "complete.json"


def folder_of(run: StageRun | None) -> str | None:
    """Return the name of the folder that a run kept its working results in; None without one."""
    number = run.metrics.get(_METRIC) if run else None
    return f"{int(number):013x}" if number is not None else None


class Memory:
    """Frames by name: those of the last finished run can be read, those of this attempt are kept.

    They hold ids, hashes, distances and a few vectors, never texts or pictures. Only a run of the
    same settings, code and models has a past; --force, --refit and a folder that is not whole have
    none. The metric ``memory`` of the published run names the folder, so a killed attempt is never
    read.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        digest = stage.attempt_digest()
        stage.metrics[_METRIC] = float(int(digest, 16))
        self._own = stage.files("memory", stage.spec.name, digest)
        self._kept: list[str] = []
        last = self._last()
        self._published = self._sealed(last)
        self._past = self._published if last and may_go_on(stage, last) else None

    @property
    def has_past(self) -> bool:
        """Whether an earlier run left what can be gone on with."""
        return self._past is not None

    def forget(self) -> None:
        """Start afresh: what was kept does not fit what is there now."""
        self._past = None

    def before(self, name: str, ddl: str) -> DataFrame | None:
        """Return what the last finished run kept under a name; None where it kept nothing."""
        if self._past is None or name not in self._past[1]:
            return None
        return self._read(f"{self._past[0]}/{name}", ddl)

    def published(self, name: str, ddl: str) -> DataFrame | None:
        """Return what the last finished run kept, though this attempt may not go on with it."""
        if self._published is None or name not in self._published[1]:
            return None
        return self._read(f"{self._published[0]}/{name}", ddl)

    def keep(self, name: str, frame: DataFrame) -> DataFrame:
        """Evaluate a frame once into a file that this stage and its next run read."""
        self._stage.progress(f"keeping {name}")
        place = f"{self._own}/{name}"
        frame.write.mode("overwrite").parquet(place)
        self._kept.append(name)
        return self._read(place, frame.schema)

    def seal(self) -> None:
        """Say that all is there, and remove what neither this attempt nor the last run needs."""
        write_guarded(f"{self._own}/{SEAL}", json.dumps(sorted(self._kept)))
        folder = self._stage.files("memory", self._stage.spec.name)
        needed = {self._own, self._folder_of(self._last())}
        for place in subfolders(folder):
            if place not in needed:
                remove_folder(place)

    def _read(self, place: str, schema: object) -> DataFrame:
        reader = self._stage.spark.read.schema(schema)  # type: ignore[arg-type]
        return reader.option("__globPaths__", "false").parquet(place)

    def _last(self) -> StageRun | None:
        return self._stage.ledger.last_finished(self._stage.spec.name)

    def _folder_of(self, run: StageRun | None) -> str | None:
        name = folder_of(run)
        return self._stage.files("memory", self._stage.spec.name, name) if name else None

    def _sealed(self, run: StageRun | None) -> tuple[str, frozenset[str]] | None:
        """Return the folder of a run and the names of what it kept, None unless it is whole."""
        folder = self._folder_of(run)
        names = read_guarded(f"{folder}/{SEAL}") if folder else None
        return (str(folder), frozenset(json.loads(names))) if names is not None else None
