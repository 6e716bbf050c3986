"""realsyn export: a tier as files, and nothing of others is overwritten."""

import json
import tarfile

import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard
from mlcroissant import Dataset

pytestmark = [pytest.mark.spark, pytest.mark.demo]
RECORD = ["raw_image_url", "text1", "text2", "text3", "syn_text"]


def test_parquet_holds_exactly_the_records_of_the_tier(realsyn, demo_warehouse, tmp_path):
    place = tmp_path / "small"
    code, out, _err = realsyn(
        "export", "--warehouse", demo_warehouse, "--tier", "small", "--to", place
    )
    tables = [pq.read_table(file) for file in sorted(place.glob("*.parquet"))]
    assert code == 0
    assert [table.column_names for table in tables] == [RECORD]
    assert sum(table.num_rows for table in tables) == 20
    assert "20 rows of tier small" in out


def test_webdataset_holds_three_files_a_sample_and_prints_how_to_train(
    realsyn, demo_warehouse, tmp_path
):
    place = tmp_path / "small"
    _code, out, _err = realsyn(
        "export", "--warehouse", demo_warehouse, "--tier", "small", "--to", place,
        "--format", "webdataset",
    )  # fmt: skip
    with tarfile.open(place / "00000.tar") as tar:
        assert len(tar.getnames()) == 60
    assert json.loads((place / "sizes.json").read_text()) == {"00000.tar": 20}
    assert f'--train-data "{place}/00000.tar" --train-num-samples 20' in out
    assert f"realsyn train --warehouse {demo_warehouse} --tier small --shards {place}" in out


@pytest.mark.parametrize("form", ["parquet", "webdataset"])
def test_the_card_tells_of_the_run_and_croissant_reads_the_files(
    realsyn, demo_warehouse, tmp_path, form
):
    place = tmp_path / "small"
    realsyn(
        "export", "--warehouse", demo_warehouse, "--tier", "small", "--to", place,
        "--format", form, "--set", "release.licence=cc-by-sa-4.0",
    )  # fmt: skip
    card = DatasetCard.load(place / "README.md")
    assert card.data.license == "cc-by-sa-4.0"
    assert "| extract\\_documents | document | 120 | 115 | 0 | 5 |\n" in card.text
    assert "| generator | smollm2-135m-instruct | Apache-2.0 |\n" in card.text
    assert "| balance.tiers.small.rows | 20 |\n" in card.text
    records = list(Dataset(jsonld=str(place / "croissant.json")).records("records"))
    assert len(records) == 20
    assert all(record["records/raw_image_url"] for record in records)


def test_an_earlier_export_is_replaced(realsyn, demo_warehouse, tmp_path):
    arguments = ("export", "--warehouse", demo_warehouse, "--to", tmp_path / "x")
    realsyn(*arguments, "--tier", "small", "--format", "webdataset")
    code, _out, _err = realsyn(*arguments, "--tier", "small", "--format", "parquet")
    assert code == 0
    assert not list((tmp_path / "x").glob("*.tar"))


def test_a_folder_with_other_files_is_refused_and_kept(realsyn, demo_warehouse, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    code, _out, err = realsyn(
        "export", "--warehouse", demo_warehouse, "--tier", "small", "--to", tmp_path
    )
    assert code == 2
    assert "thesis.txt" in err
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_an_unknown_tier_lists_the_known_ones(realsyn, demo_warehouse, tmp_path):
    code, _out, err = realsyn(
        "export", "--warehouse", demo_warehouse, "--tier", "huge", "--to", tmp_path / "x"
    )
    assert code == 2
    assert "all, small" in err
