"""Where there is no OS lock a stage is claimed in a Delta table: one holder, taken over when silent."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.ledger import few_rows
from jobs.table_locks import Timing, claims_alive, table_lock
from jobs.warehouse import Warehouse
from realsyn_lib.errors import LockedError
from realsyn_lib.tables import LOCKS

pytestmark = pytest.mark.spark

ME = {"run_id": "000001-me", "host": "here", "driver_pid": 11}
OTHER = {"run_id": "000002-other", "host": "there", "driver_pid": 22}


@pytest.fixture
def warehouse(spark, tmp_path: Path) -> Iterator[Warehouse]:
    return Warehouse(spark, str(tmp_path / "warehouse"))


def claimed(warehouse: Warehouse, seconds_ago: float) -> None:
    """Leave the row of a run that was killed so long ago, as its last sign of life."""
    warehouse.create(LOCKS)
    beat = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    row = {"stage": "embed_images", "claim_id": "dead", "beat_at": beat, "is_released": False}
    warehouse.append(LOCKS, few_rows(warehouse.spark, LOCKS, [{**OTHER, **row}]))


def test_a_held_stage_is_refused_with_its_holder_and_free_once_given_back(warehouse):
    with table_lock(warehouse, "embed_images", ME):
        assert claims_alive(warehouse)["embed_images"]["run_id"] == "000001-me"
        with pytest.raises(LockedError, match="run_id 000001-me, host here, driver_pid 11"):
            table_lock(warehouse, "embed_images", OTHER).__enter__()
        with table_lock(warehouse, "embed_sentences", OTHER):
            assert set(claims_alive(warehouse)) == {"embed_images", "embed_sentences"}
    assert claims_alive(warehouse) == {}
    with table_lock(warehouse, "embed_images", OTHER) as require:
        require()


def test_a_holder_that_fell_silent_is_taken_over_after_five_minutes_not_before(warehouse):
    claimed(warehouse, seconds_ago=290)
    with pytest.raises(LockedError, match="run_id 000002-other"):
        table_lock(warehouse, "embed_images", ME).__enter__()
    timing = Timing(stale_s=280)
    with table_lock(warehouse, "embed_images", ME, timing):
        assert claims_alive(warehouse, timing)["embed_images"]["run_id"] == "000001-me"


def test_a_holder_says_that_it_lives_and_one_that_cannot_must_not_commit(warehouse):
    with table_lock(warehouse, "embed_images", ME, Timing(beat_s=0.05)) as require:
        first = claims_alive(warehouse)["embed_images"]["beat_at"]
        while claims_alive(warehouse)["embed_images"]["beat_at"] == first:
            require()
    with (
        table_lock(warehouse, "embed_images", ME, Timing(stale_s=0.0)) as require,
        pytest.raises(LockedError, match="could not renew its lock"),
    ):
        require()


def test_of_runs_that_claim_at_the_same_moment_one_gets_the_stage(warehouse):
    warehouse.create(LOCKS)
    start, done, got = threading.Barrier(3), threading.Barrier(3), []

    def claim(number: int) -> None:
        with ExitStack() as held:
            start.wait()
            try:
                held.enter_context(
                    table_lock(warehouse, "embed_images", {**ME, "run_id": str(number)})
                )
                got.append(number)
            except LockedError:
                pass
            done.wait()

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1
