"""What balance_pairs fits once stays through kills, and is fitted anew where that is asked for."""

import shutil
from pathlib import Path

import pytest
from deltalake import DeltaTable

import jobs.balance_pairs
import jobs.cosine_band
from realsyn_lib.balance import Band
from tests.equal_tables import published
from tests.tiny_site import Killed, kill, realsyn

pytestmark = [pytest.mark.spark, pytest.mark.models, pytest.mark.demo]

STRICTER = ("--set", "balance.low_quantile=0.2")


@pytest.fixture
def warehouse(demo_warehouse: Path, tmp_path: Path) -> Path:
    """The demo's warehouse, to be worked on."""
    return Path(shutil.copytree(demo_warehouse, tmp_path / "demo"))


def balance(warehouse: Path, *more: str) -> int:
    only = ("--from", "balance_pairs", "--to", "balance_pairs")
    return realsyn("run", "--warehouse", warehouse, *only, *more)


def metrics(warehouse: Path) -> dict[str, float]:
    """Figures of the stage's last finished run."""
    run_id = published(warehouse).runs["balance_pairs"]
    rows = DeltaTable(str(warehouse / "runs")).to_pyarrow_table().to_pylist()
    last = [row for row in rows if (row["stage"], row["run_id"]) == ("balance_pairs", run_id)]
    return dict(last[0]["metrics"])


@pytest.mark.long
def test_a_resumed_attempt_still_knows_the_band_that_its_pairs_were_judged_by(
    warehouse, monkeypatch
):
    before = metrics(warehouse)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(jobs.balance_pairs, "_clusters", kill)
        balance(warehouse, *STRICTER)
    assert balance(warehouse, *STRICTER) == 0
    after = metrics(warehouse)
    assert before["min_cosine"] < after["min_cosine"] == after["cosine_band.min"]
    assert {"frozen.cosine_band.min", "frozen.cosine_band.max"} <= after.keys()
    assert {"tier.small.rows", "tier.all.rows"} <= after.keys()


def test_the_band_is_kept_until_a_refit_is_asked_for(warehouse, monkeypatch):
    kept = metrics(warehouse)
    monkeypatch.setattr(jobs.cosine_band, "_calibrate", lambda *_of: Band(-0.5, 0.75))
    assert balance(warehouse, "--force") == 0
    assert metrics(warehouse)["min_cosine"] == kept["min_cosine"]
    assert balance(warehouse, "--refit", "cosine_band") == 0
    assert (metrics(warehouse)["min_cosine"], metrics(warehouse)["max_cosine"]) == (-0.5, 0.75)


def test_a_band_that_no_pair_lies_in_is_an_empty_result(warehouse, capsys):
    none = ("--set", "balance.min_cosine=0.99", "--set", "balance.max_cosine=1.0")
    assert balance(warehouse, *none) == 3
    assert "balance_pairs: no pair was kept of 109 (109 mismatched)" in capsys.readouterr().err
