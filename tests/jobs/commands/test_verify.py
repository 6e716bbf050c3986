"""realsyn verify: a damaged warehouse is told by its first fault; tests/test_readme.py has a sound one."""

import shutil

import pytest

pytestmark = [pytest.mark.spark, pytest.mark.demo]


@pytest.fixture
def copy(demo_warehouse, tmp_path):
    return shutil.copytree(demo_warehouse, tmp_path / "copy")


def test_a_damaged_copy_fails_where_it_is_damaged_and_only_there(realsyn, spark, copy):
    index = next((copy / "_files" / "indexes").glob("words-*.arrow"))
    index.write_bytes(index.read_bytes()[:-1])
    next((copy / "samples").glob("*.parquet")).unlink()
    changed = "UPDATE delta.`{}` SET row_count = row_count + 1 WHERE stage = 'filter_images' AND {}"
    spark.sql(changed.format(copy / "funnel", "drop_reason = 'too_small'"))
    code, out, err = realsyn("verify", "--warehouse", copy)
    failed = [line.split(":")[0] for line in out.splitlines() if line.startswith("FAIL")]
    assert code == 2
    assert "files of samples" in err
    assert "restore it from a backup" in err
    assert [check for check in failed if "samples" not in check] == [
        f"FAIL index file {index.name}",
        "FAIL accounts of filter_images, images",
        "FAIL outcomes in images",
    ]
