"""Names and secrets that try to become SQL, paths or rows: they are refused, or are just names."""

import shutil
from pathlib import Path

import pytest

from jobs.names import check_catalog_name
from jobs.warehouse import Warehouse
from realsyn_lib.config import load_config
from realsyn_lib.errors import SettingError
from realsyn_lib.tables import IMAGES
from tests.tiny_site import Tiny, realsyn

QUOTES = 'o\'clock `tick` "x"; DROP TABLE images -- {{7*7}} *'
SECRET = "AKIA-CANARY-0123456789"


@pytest.mark.parametrize(
    "name", ["../../etc", "a/b", "..", "", "a b", "x'; DROP TABLE pairs --", "`x`", "é", "a" * 65]
)
def test_a_tiers_name_is_no_path_and_no_sql(name):
    with pytest.raises(SettingError, match=r"balance\.tiers"):
        load_config("local", [f"balance.tiers={{{name!r}: {{cap: 5}}}}"])


@pytest.mark.parametrize(
    "name", ["spark_catalog.a;b", "spark_catalog.`a`", "a.b'c", "a.b c", "a.b-c"]
)
def test_a_schemas_name_is_no_sql(name):
    with pytest.raises(SettingError, match=r"no catalog\.schema"):
        check_catalog_name(name)


@pytest.mark.wide
@pytest.mark.spark
@pytest.mark.models
def test_quotes_in_the_name_of_a_folder_are_letters_like_others(tiny: Tiny, spark, capsys):
    moved = tiny.warehouse.with_name(QUOTES)
    shutil.move(tiny.warehouse, moved)
    there = Tiny(tiny.site, moved)
    assert there.run() == 0
    assert realsyn("sql", "--warehouse", moved, "SELECT count(*) AS n FROM images") == 0
    assert "2" in capsys.readouterr().out
    name = Warehouse(spark, str(moved)).in_sql(IMAGES.name)
    assert spark.sql(f"SELECT url FROM {name}").count() == 2


@pytest.mark.wide
@pytest.mark.spark
@pytest.mark.models
def test_secrets_of_the_environment_and_of_addresses_are_in_no_file_and_no_line(
    tiny: Tiny, monkeypatch, capsys
):
    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, SECRET)
    picture = f"https://jo:{SECRET}@a.example/x.png"
    page = f'<p>A shed is red.</p><img src="{picture}"><img src="red.png">'
    (tiny.site / "shed.html").write_text(page, encoding="utf-8")
    assert tiny.run() == 0
    assert realsyn("report", "--warehouse", tiny.warehouse) == 0
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    assert ("https://a.example/x.png", "bad_url") in tiny.rows(
        "images_found", "raw_url", "drop_reason"
    )
    texts = [
        str(row)
        for name in ("documents", "images_found", "quarantine", "runs")
        for row in rows_of(tiny, name)
    ]
    assert texts and not [text for text in texts if SECRET in text]
    assert not [
        path for path in files_below(tiny.warehouse) if SECRET.encode() in path.read_bytes()
    ]


def rows_of(tiny: Tiny, name: str) -> list[dict]:
    return tiny.table(name).to_pyarrow_table().to_pylist()


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
