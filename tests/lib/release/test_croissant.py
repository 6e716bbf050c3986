"""Croissant metadata, held to mlcroissant: valid, and it reads the records."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mlcroissant import Dataset

from realsyn_lib.release.card import CardFacts
from realsyn_lib.release.croissant import croissant
from realsyn_lib.release.records import RECORD_SCHEMA
from realsyn_lib.release.samples import SAMPLE_SCHEMA


def facts(form):
    return CardFacts("small", form, 2, {}, None, [], [], {}, "0.1.0")


def row(schema, number):
    made = {name: f"{name} {number}" for name in schema.names}
    whole = [field.name for field in schema if pa.types.is_integer(field.type)]
    return made | dict.fromkeys(whole, number)


@pytest.mark.parametrize(
    ("form", "schema", "names"),
    [
        (
            "parquet",
            RECORD_SCHEMA,
            ["train-00000-of-00002.parquet", "train-00001-of-00002.parquet"],
        ),
        ("webdataset", SAMPLE_SCHEMA, ["00000.parquet", "00001.parquet"]),
    ],
)
def test_mlcroissant_finds_no_fault_and_reads_every_record(tmp_path, form, schema, names):
    for number, name in enumerate(names):
        pq.write_table(pa.Table.from_pylist([row(schema, number)], schema), tmp_path / name)
    place = tmp_path / "croissant.json"
    place.write_text(croissant(facts(form)), encoding="utf-8")
    dataset = Dataset(jsonld=str(place))
    issues = dataset.metadata.ctx.issues
    assert issues.errors == set()
    (warning,) = issues.warnings  # files that are the same on a rerun have no date
    assert "datePublished" in warning
    found = [
        {name.removeprefix("records/"): value for name, value in record.items()}
        for record in dataset.records("records")
    ]
    told = [
        {name: value.decode() if isinstance(value, bytes) else value for name, value in one.items()}
        for one in found
    ]
    assert told == [row(schema, number) for number in (0, 1)]


def test_it_names_the_files_of_the_export():
    told = json.loads(croissant(facts("webdataset")))
    sets = {one["@id"]: one["includes"] for one in told["distribution"]}
    assert sets == {"tables": "*.parquet", "shards": "*.tar"}
    assert told["license"] == "unknown"
    assert told["description"].startswith("2 rows of tier small as webdataset")
