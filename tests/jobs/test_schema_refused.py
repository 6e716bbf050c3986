"""A warehouse of another layout is refused before anything is written, by runs and by commands."""

import pytest

from tests.jobs.test_runs_refusals import told
from tests.tiny_site import Tiny, realsyn

pytestmark = [pytest.mark.spark, pytest.mark.models]

OURS = '"realsyn.schema_version":"1"'


def change(tiny: Tiny, name: str, value: str | None) -> None:
    """Make a table as if a realsyn of another version had made it."""
    log = tiny.warehouse / name / "_delta_log"
    for path in log.glob("*.crc"):
        path.unlink()
    first = log / f"{0:020d}.json"
    text = first.read_text(encoding="utf-8")
    assert OURS in text
    other = f'"realsyn.schema_version":"{value}"' if value else '"realsyn.of_old":"1"'
    first.write_text(text.replace(OURS, other), encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "is missing, expected 1; tables without a version"),
        ("0", "is 0, expected 1; tables without a version"),
        ("2", "is 2, expected 1; a newer realsyn wrote it: install that version"),
    ],
)
def test_one_table_of_another_version_stops_a_run_before_it_writes(tiny, capsys, value, expected):
    change(tiny, "image_bytes", value)
    before = tiny.versions()
    assert tiny.run("--set", "images.min_side_px=10", "--force") == 2
    line = told(capsys)
    assert f"{tiny.warehouse}/image_bytes: realsyn.schema_version {expected}" in line
    assert tiny.versions() == before


def test_commands_refuse_it_too(tiny, capsys):
    change(tiny, "quarantine", None)
    for command in ("status", "verify", "maintain"):
        assert realsyn(command, "--warehouse", tiny.warehouse) == 2
        assert "quarantine: realsyn.schema_version is missing" in told(capsys)
