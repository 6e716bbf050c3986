"""--format left out, and --format that is not what is there; patterns in --input."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jobs.input_patterns import names_file
from jobs.inputs import InputSpec, image_roots, list_inputs
from realsyn_lib.errors import InputError
from realsyn_lib.sources.obelics import OBELICS_SCHEMA
from realsyn_lib.sources.omnicorpus import OMNICORPUS_SCHEMA
from tests.made_archives import gzipped, json_lines, mmc4_row, response


@pytest.fixture
def site(tmp_path) -> Path:
    for name in ("a/x.html", "a/b/x.html", "a/b/y.HTML", "c/x.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("<p>x")
    (tmp_path / "a" / "x.png").write_bytes(b"\x89PNG")
    return tmp_path


def listed(*paths: object, form: str | None = None):
    return list_inputs(InputSpec(tuple(map(str, paths)), form))


def empty_parquet(path: Path, schema) -> Path:
    pq.write_table(schema.empty_table(), path)
    return path


def test_a_format_is_found_by_looking(site):
    assert listed(site).format == "html"
    (site / "l").mkdir()
    (site / "l" / "docs.jsonl").write_bytes(json_lines(mmc4_row()))
    assert listed(site / "l").format == "mmc4"
    (site / "l" / "docs.jsonl").write_bytes(json_lines({"text": "x"}))  # lies beside the pages
    assert listed(site).format == "html"


def test_several_formats_are_refused_with_a_file_of_each(site):
    empty_parquet(site / "p.parquet", OMNICORPUS_SCHEMA)
    with pytest.raises(
        InputError, match=r"a/b/x.html \(html\), .*p.parquet \(omnicorpus\); say --format"
    ):
        listed(site)
    assert listed(site, form="html").format == "html"


def test_an_input_of_no_known_format_is_refused_with_what_was_seen(tmp_path):
    (tmp_path / "x.jsonl").write_bytes(json_lines({"text": "x"}))
    with pytest.raises(
        InputError, match=r"none of the 1 files .* objects with the keys text; expected"
    ):
        listed(tmp_path)
    (tmp_path / "x.jsonl").unlink()
    with pytest.raises(
        InputError, match=r"none of the 0 files of --input is of a known format; exp"
    ):
        listed(tmp_path)


@pytest.mark.parametrize(("form", "message"), [
    ("obelics", r"--format obelics, but .*/x.parquet has the columns images list<.*general_metadata "
                r"struct<url: string>: that is omnicorpus; name another"),
    ("mmc4", r"--format mmc4, but .*/x.jsonl holds WARC records: that is warc"),
    ("warc", r"--format warc, but .*/x.warc is a file of lines of MMC4: that is mmc4"),
    ("html", r"holds no .html .* file, .* found 3 files .*: that is mmc4 or omnicorpus or warc"),
])  # fmt: skip
def test_a_named_format_that_is_not_there_is_refused_with_what_was_seen(tmp_path, form, message):
    empty_parquet(tmp_path / "x.parquet", OMNICORPUS_SCHEMA)
    (tmp_path / "x.jsonl").write_bytes(gzipped([response("https://a.example/", b"<p>x")]))
    (tmp_path / "x.warc").write_bytes(json_lines(mmc4_row()))
    with pytest.raises(InputError, match=message):
        listed(tmp_path, form=form)


def test_a_table_that_is_none_of_ours_is_left_to_the_check_that_names_its_column(tmp_path):
    empty_parquet(tmp_path / "x.parquet", OMNICORPUS_SCHEMA.remove(0))
    assert listed(tmp_path, form="omnicorpus").format == "omnicorpus"
    (tmp_path / "x.parquet").write_bytes(b"<html>")
    assert listed(tmp_path, form="obelics").format == "obelics"


def test_broken_files_are_left_to_the_reader_and_obelics_may_be_read_as_mint1t(tmp_path):
    (tmp_path / "x.jsonl").write_bytes(b"{\n")
    (tmp_path / "x.warc.gz").write_bytes(b"\x1f\x8b broken")
    empty_parquet(tmp_path / "x.parquet", OBELICS_SCHEMA)
    assert [listed(tmp_path, form=form).format for form in ("mmc4", "warc", "obelics", "mint1t")] == [
        "mmc4", "warc", "obelics", "mint1t",
    ]  # fmt: skip


@pytest.mark.parametrize(("pattern", "names"), [
    ("*/x.html", ["a/x.html", "c/x.html"]), ("**/x.html", ["a/b/x.html", "a/x.html", "c/x.html"]),
    ("[ab]", ["a/b/x.html", "a/b/y.HTML", "a/x.html"]),
    ("a/?.html", ["x.html"]), ("a/**", ["b/x.html", "b/y.HTML", "x.html"]),
])  # fmt: skip
def test_a_pattern_names_files_by_their_place_below_the_folder_before_it(site, pattern, names):
    found = listed(site / pattern, form="html")
    assert [file.source for file in found.documents] == names


def test_files_beside_a_pattern_are_others_and_pictures_resolve_under_its_folder(site):
    found = listed(site / "a" / "*.html")
    assert [file.source for file in found.documents] == ["x.html"]
    assert [file.source for file in found.others] == ["b/x.html", "b/y.HTML", "x.png"]
    assert image_roots(InputSpec((str(site / "a" / "*.html"),), "html")) == (str(site / "a"),)


def test_a_file_that_two_patterns_name_comes_once(site):
    found = listed(
        site / "a" / "*.html", site / "a" / "x*", site / "a" / "b" / "*.html", site / "a" / "**"
    )
    assert [file.source for file in found.documents] == ["b/x.html", "b/y.HTML", "x.html"]


def test_a_pattern_that_names_nothing_is_refused_and_a_file_of_that_name_is_itself(site):
    with pytest.raises(InputError, match=r"--input .*/a/\*.htm holds no .html"):
        listed(site / "a" / "*.htm", form="html")
    with pytest.raises(InputError, match=r"/none does not exist"):
        listed(site / "none" / "*.html", form="html")
    (site / "odd[1].html").write_text("<p>x")
    assert [file.source for file in listed(site / "odd[1].html").documents] == ["odd%5B1%5D.html"]


def test_a_star_stays_inside_a_folder_and_odd_names_are_compared_as_they_are():
    assert names_file("*.html", "a%20b.html") and names_file("a b.html", "a%20b.html")
    assert not names_file("*.html", "a/b.html")
    assert names_file("a/**/z.html", "a/z.html") and names_file("a/**/z.html", "a/b/c/z.html")
