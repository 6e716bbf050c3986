"""A few of the trials of `make test-faults`: files of ours with a flipped bit are named by verify."""

import shutil
from itertools import islice

import pytest

from tests.flip_trials import flips_of, in_rounds, kinds_of, try_round, verify_files

pytestmark = [pytest.mark.spark, pytest.mark.long]
TRIED = (
    "_SHA256SUMS", "_export.json", "checksums beside", "data of funnel", "data of image_bytes",
    "indexes .faiss", "inputs.json", "kept .arrow", "log .crc", "log .json", "memory .parquet",
    "release .json", "release .parquet", "release .tar", "report.html",
)  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(demo_warehouse, tmp_path_factory):
    return shutil.copytree(demo_warehouse, tmp_path_factory.mktemp("flips") / "warehouse")


def test_flipped_bits_are_named(warehouse):
    assert verify_files(warehouse)[0] == 0
    kinds = kinds_of(warehouse)
    flips = {
        flip.kind: flip for flip in islice(flips_of(warehouse, len(kinds), seed=7), len(kinds))
    }
    tried = in_rounds(warehouse, [flips[kind] for kind in TRIED])
    for some in tried:
        assert try_round(some, lambda: verify_files(warehouse)) == []
