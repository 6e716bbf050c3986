"""realsyn status: one look tells what is published."""

from datetime import UTC, datetime

import pytest

from jobs.commands.status import state_of
from jobs.ledger import StageRun
from realsyn_lib.stages import STAGES


def run_of(status):
    return StageRun("1", "filter_images", "", datetime(2026, 1, 1, tzinfo=UTC), 1.0, status)


@pytest.mark.parametrize(
    ("running", "last", "finished", "changed", "state"),
    [
        (False, None, None, [], "never"),
        (True, None, None, [], "running"),
        (False, run_of("failed"), None, [], "failed"),
        (False, run_of("failed"), run_of("finished"), [], "failed; an earlier run is published"),
        (False, run_of("finished"), run_of("finished"), [], "finished"),
        (False, run_of("finished"), run_of("finished"), ["images"], "out of date: images"),
    ],
)
def test_a_state_says_what_happened_last(running, last, finished, changed, state):
    assert state_of(running, last, finished, changed) == state


@pytest.mark.spark
@pytest.mark.demo
def test_every_stage_of_a_finished_run_is_finished(realsyn, demo_warehouse):
    code, out, _err = realsyn("status", "--warehouse", demo_warehouse)
    heads = [line.split()[:2] for line in out.splitlines()[2:] if not line.startswith(" ")]
    assert code == 0
    assert heads == [[stage.name, "finished"] for stage in STAGES]


@pytest.mark.spark
@pytest.mark.demo
def test_a_changed_setting_makes_the_stages_that_see_it_out_of_date(realsyn, demo_warehouse):
    _code, out, _err = realsyn(
        "status", "--warehouse", demo_warehouse, "--set", "dedup_images.max_hamming=3"
    )
    stale = [line.split()[0] for line in out.splitlines() if "out of date: settings" in line]
    assert stale == ["dedup_images"]
