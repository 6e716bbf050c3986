"""Disks that are full: named, nothing half-done is published, and with room all is as without."""

import shutil

import pytest

from tests.equal_tables import assert_equal_warehouses
from tests.fault_line import published_stages
from tests.small_disk import HOW_TO_GET_IT, blocks_below, may_mount, small_disk
from tests.tiny_site import Tiny

pytestmark = [pytest.mark.spark, pytest.mark.wide]
STEPS = (0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9)


@pytest.fixture(autouse=True)
def mounting(tmp_path):
    if not may_mount(tmp_path):
        pytest.skip(HOW_TO_GET_IT)


def test_a_warehouse_on_a_disk_that_grows_until_it_suffices(finished_tiny, tmp_path, capsys):
    needed = blocks_below(finished_tiny.warehouse)
    shutil.copytree(finished_tiny.site, tmp_path / "site")
    with small_disk(tmp_path / "disk", int(needed * STEPS[0])) as disk:
        tiny = Tiny(tmp_path / "site", disk.folder / "warehouse")
        for step in STEPS:
            disk.resize(int(needed * step))
            before = published_stages(tiny.warehouse)
            assert tiny.run() == 2, step
            told = capsys.readouterr().err
            assert "the disk is full" in told and str(disk.folder) in told, told
            now = published_stages(
                tiny.warehouse
            )  # reads `runs`, which may have got shorter by nothing
            assert before.items() <= now.items() and len(now) < 3
        disk.resize(needed * 3)
        assert tiny.run() == 0
        assert_equal_warehouses(finished_tiny.warehouse, tiny.warehouse)
