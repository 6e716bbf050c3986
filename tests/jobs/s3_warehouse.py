"""Documents, tables, index files and locks on an object store: the tables are those of a local disk."""

import subprocess
import sys
from pathlib import Path

import pytest
from deltalake import DeltaTable

from tests.equal_tables import assert_equal_warehouses, published
from tests.s3_store import BUCKET, object_store
from tests.tiny_site import Tiny

ON_S3 = """
import sys
from tests.tiny_site import QUICK, realsyn
site, warehouse, *loose = sys.argv[1:]
common = ("run", "--warehouse", warehouse, *QUICK)
assert realsyn(*common, "--input", site, "--format", "html", "--to", "filter_images") == 0
assert realsyn(*common, "--from", "filter_sentences", "--to", "filter_sentences", *loose) == 0
assert realsyn("status", "--warehouse", warehouse) == 0
"""
LOOSE = (  # the site's four sentences are kept
    "--set", "sentences.min_entropy_bits=0", "--set", "sentences.max_perplexity=1000000.0",
)  # fmt: skip


@pytest.mark.spark
@pytest.mark.models
@pytest.mark.long
def test_a_warehouse_on_s3_holds_the_tables_of_a_local_one(tiny: Tiny, tmp_path: Path):
    assert tiny.run("--from", "filter_sentences", *LOOSE, last="filter_sentences") == 0
    with object_store(tmp_path) as store:
        site = store.upload(tiny.site, "site")
        command = [sys.executable, "-c", ON_S3, site, f"s3a://{BUCKET}/warehouse", *LOOSE]
        answer = subprocess.run(
            command, env=store.environment, capture_output=True, text=True, timeout=540, check=False
        )
        assert answer.returncode == 0, answer.stderr[-3000:]
        copy = store.download("warehouse", tmp_path / "copy")
    assert_equal_warehouses(tiny.warehouse, copy)
    assert len(published(copy).versions) == 8
    assert (copy / "_files" / "indexes").is_dir()
    locks = DeltaTable(str(copy / "_files" / "locks")).to_pyarrow_table().to_pylist()
    assert {row["token"] for row in locks} == {None}
    assert {row["stage"] for row in locks} == {
        "extract_documents", "fetch_images", "filter_images", "filter_sentences",
    }  # fmt: skip
