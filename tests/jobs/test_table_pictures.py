"""Pictures that lie in a column of the input's parquet files: from the command to image_bytes."""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame

from jobs.input_files import InputFile
from jobs.stage import Stage
from jobs.table_pictures import judged_pictures, table_pictures
from realsyn_lib.ids import content_hash_id
from tests.equal_tables import assert_equal_warehouses
from tests.tiny_site import QUICK, Tiny, picture, realsyn

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]

PLAIN = pa.binary()
HUGGING_FACE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
NAMED = ("image", "sha256", "text")
Row = tuple[bytes | None, str | None]  # of a picture its bytes, and the digest that is stated


def pictures(folder: Path, count: int) -> list[tuple[bytes, str]]:
    """Return different pictures, each with its digest."""
    file, found = folder / "one.png", []
    for seed in range(count):
        picture(file, seed)
        found.append((data := file.read_bytes(), hashlib.sha256(data).hexdigest()))
    file.unlink()
    return found


def write(path: Path, kind: pa.DataType, *rows: Row) -> None:
    """Write a table of pictures, digests and texts."""
    values = [data for data, _ in rows]
    if kind == HUGGING_FACE:
        values = [{"bytes": data, "path": f"{n}.png"} for n, data in enumerate(values)]
    columns = {
        "image": pa.array(values, kind),
        "sha256": pa.array([digest for _, digest in rows], pa.string()),
        "text": [f"A field of the colour {n}." for n in range(len(rows))],
    }
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), path)


def run(tiny: Tiny, *more: str, names: tuple[str, ...] = NAMED, last: str = "fetch_images") -> int:
    named = [part for name in names for part in ("--set", f"sources.columns.{name}={name}")]
    return realsyn(
        "run", "--input", tiny.site, "--format", "columns", "--warehouse", tiny.warehouse,
        "--to", last, *QUICK, *named, *more,
    )  # fmt: skip


def at(*rows: int) -> list[str]:
    return [f"mine.parquet?row={row}" for row in rows]


def test_pictures_of_a_column_are_taken_held_to_digests_and_read_again_when_a_file_changed(
    spark, models, tmp_path, capsys
):
    (a, a_hash), (b, b_hash), (c, c_hash), (d, d_hash), (e, _) = pictures(tmp_path, 5)
    tiny = Tiny(tmp_path / "in", tmp_path / "warehouse")
    file = tiny.site / "mine.parquet"
    rest = ((b"", None), (c, None), (d, None))
    write(file, HUGGING_FACE, (a, a_hash.upper()), (b, c_hash), (None, None), *rest)
    assert run(tiny, last="filter_images") == 0
    assert tiny.rows("documents", "url", "drop_reason") == [
        (f"mine.parquet/{row}", None) for row in range(6)
    ]
    assert tiny.rows("images_found", "url", "stated_sha256") == [
        *zip(at(0, 1, 3, 4, 5), (a_hash, c_hash, None, None, None), strict=True)
    ]
    assert tiny.rows("fetches", "url", "drop_reason", "size_bytes") == [
        *zip(
            at(0, 1, 3, 4, 5),
            (None, "hash_mismatch", "empty_file", None, None),
            (len(a), len(b), 0, len(c), len(d)),
            strict=True,
        )
    ]
    assert tiny.rows("image_bytes", "url", "sha256", "bytes") == [
        *zip(
            at(0, 1, 3, 4, 5),
            (a_hash, b_hash, None, c_hash, d_hash),
            (a, None, None, c, d),
            strict=True,
        )
    ]
    assert [url for (url,) in tiny.rows("images", "url")] == at(0, 4, 5)

    before = tiny.versions()
    assert run(tiny) == 0
    assert tiny.versions() == before

    write(
        file, HUGGING_FACE, (a, a_hash), (b, b_hash), (None, None), (e, None), (d, None), (c, None)
    )
    assert run(tiny) == 0
    assert tiny.rows("image_bytes", "url", "bytes") == [
        *zip(at(0, 1, 3, 4, 5), (a, b, e, d, c), strict=True)
    ]
    assert tiny.verify() == 0
    write(file, HUGGING_FACE, (b, None), (a, None), (c, None))
    assert run(tiny, "--from", "fetch_images") == 2
    assert "have changed since extract_documents read them" in capsys.readouterr().err


@pytest.mark.long
def test_a_picture_that_is_to_be_forgotten_is_refused_in_another_row_too(spark, models, tmp_path):
    (a, _), (b, _), (c, _) = pictures(tmp_path, 3)
    tiny = Tiny(tmp_path / "in", tmp_path / "warehouse")
    file = tiny.site / "mine.parquet"
    write(file, HUGGING_FACE, (a, None), (b, None))
    assert run(tiny) == 0
    named = tmp_path / "named.csv"
    named.write_text("url,mine.parquet?row=0\n")
    assert realsyn("forget", "--warehouse", tiny.warehouse, "--list", named) == 0
    assert realsyn("verify", "--warehouse", tiny.warehouse, "--list", named) == 0
    write(file, HUGGING_FACE, (b, None), (a, None), (c, None))
    assert run(tiny) == 0
    assert tiny.rows("image_bytes", "url", "drop_reason", "bytes") == [
        ("mine.parquet?row=1", "opt_out", None), ("mine.parquet?row=2", None, c)
    ]  # fmt: skip


def test_several_buckets_give_what_one_gives_and_are_laid_out_once_whatever_ends_the_run(
    spark, models, tmp_path, monkeypatch
):
    found = pictures(tmp_path, 6)
    one, many = (Tiny(tmp_path / "in", tmp_path / name) for name in ("one", "many"))
    write(one.site / "mine.parquet", PLAIN, *((data, None) for data, _ in found[:3]), (None, None))
    write(one.site / "more.parquet", PLAIN, *found[3:])
    places, lay_out = [], Stage._lay_out

    def noted(stage: Stage, frame: DataFrame, key: str, place: str) -> DataFrame:
        places.append(Path(place).name)
        return lay_out(stage, frame, key, place)

    monkeypatch.setattr(Stage, "_lay_out", noted)
    assert run(one) == 0
    with monkeypatch.context() as here:
        here.setenv("REALSYN_FAILPOINT", "image_bytes.committed:1:error")
        here.setenv("REALSYN_FAILPOINT_LOG", str(tmp_path / "reached.log"))
        assert run(many, "--set", "buckets.count=3") == 1
    assert run(many, "--set", "buckets.count=3") == 0
    assert sum(name.startswith("table_pictures-") for name in places) == 1
    assert len(one.rows("image_bytes", "url")) == 6
    assert_equal_warehouses(one.warehouse, many.warehouse)


def test_one_column_of_two_types_and_a_column_that_is_not_named_are_refused(
    spark, models, tmp_path, capsys
):
    found = pictures(tmp_path, 2)
    tiny = Tiny(tmp_path / "in", tmp_path / "warehouse")
    write(tiny.site / "a.parquet", HUGGING_FACE, *found)
    write(tiny.site / "b.parquet", PLAIN, *found)
    assert run(tiny) == 2
    told = capsys.readouterr().err
    assert "b.parquet: column `image` is binary, but struct<bytes: binary> in" in told
    write(tiny.site / "b.parquet", HUGGING_FACE, *found)
    assert run(tiny) == 0
    assert run(tiny, "--from", "fetch_images", "--force", names=()) == 2
    assert "sources.columns.image names no column" in capsys.readouterr().err


def test_pictures_alone_are_enough(spark, models, tmp_path):
    tiny = Tiny(tmp_path / "in", tmp_path / "warehouse")
    write(tiny.site / "ü 100% #1.parquet", PLAIN, *pictures(tmp_path, 2))
    assert run(tiny, names=("image",), last="filter_images") == 0
    place = "%C3%BC%20100%25%20%231.parquet?row="
    assert tiny.rows("images", "url", "drop_reason") == [(f"{place}{n}", None) for n in (0, 1)]


def test_a_row_that_is_gone_one_without_a_picture_and_a_large_one_say_so(spark, tmp_path):
    file = tmp_path / "my rows.parquet"
    write(file, HUGGING_FACE, (b"small", None), (None, None), (b"larger", None))
    listed = InputFile("my%20rows.parquet", str(file), 1, 1)
    urls = [f"my%20rows.parquet?row={row}" for row in (0, 1, 2, 9)]
    rows = [(content_hash_id(url), url, "ab" * 32 if url.endswith("9") else None) for url in urls]
    wanted = spark.createDataFrame(rows, "image_id bigint, url string, stated_sha256 string")
    read = table_pictures(spark, "image", [listed], max_bytes=5)
    judged = judged_pictures(wanted, read, 5, frozenset(), rows=4).collect()
    told = {row["url"]: (row["drop_reason"], row["detail"], row["stated_sha256"]) for row in judged}
    assert [told[url] for url in urls] == [
        (None, None, None),
        ("not_found", "the row holds no picture", None),
        ("body_too_large", "6 bytes, at most 5", None),
        ("not_found", "no such row", "ab" * 32),
    ]
    assert len(judged) == 4
