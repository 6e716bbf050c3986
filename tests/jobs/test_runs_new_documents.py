"""Documents that come and go: rows that are known stay, and the tables are those of one run."""

from pathlib import Path

import pytest

import jobs.embed_sentences
import jobs.filter_sentences
from realsyn_lib.tables import IMAGE_EMBEDDINGS, IMAGES, SENTENCE_EMBEDDINGS, SENTENCES
from tests.equal_tables import assert_equal_warehouses
from tests.jobs.test_runs_inputs import ask
from tests.tiny_site import Killed, Tiny, kill, make_site, picture

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]

# All sentences of the site are kept, so that all are embedded.
SETTINGS = (
    "sentences.min_words=3",
    "sentences.min_entropy_bits=0",
    "sentences.max_perplexity=1000000.0",
)
OF_ROWS = (IMAGES, IMAGE_EMBEDDINGS, SENTENCES, SENTENCE_EMBEDDINGS)
OF_IMAGES = ("--from", "filter_images")
OF_SENTENCES = ("--from", "filter_sentences")
STANDS = "It grinds corn."  # on two pages of the tiny site
DOG = "The dog chased a black cat through the garden."  # in the second of two buckets
FARMER = "The farmer sold his red tractor today."  # in the first


def run(tiny: Tiny, buckets: int, *more: str, last: str) -> int:
    """Run up to a stage with the settings of these tests."""
    said = [part for text in (*SETTINGS, f"buckets.count={buckets}") for part in ("--set", text)]
    return tiny.run(*said, *more, last=last)


def run_both(tiny: Tiny, buckets: int) -> int:
    """Run the stages of images up to the vectors, then those of sentences; nothing between."""
    first = run(tiny, buckets, last="embed_images")
    return first or run(tiny, buckets, *OF_SENTENCES, last="embed_sentences")


def add_page(tiny: Tiny, name: str, *sentences: str, images: tuple[str, ...] = ()) -> None:
    """Write a page of one paragraph a sentence, then the pictures."""
    parts = [f"<p>{text}</p>" for text in sentences] + [f'<img src="{file}">' for file in images]
    (tiny.site / name).write_text("".join(parts), encoding="utf-8")


def counts(tiny: Tiny) -> dict[str, tuple[float, float]]:
    """Return (computed, carried) rows of the last finished run of each stage that tells them."""
    runs = tiny.table("runs").to_pyarrow_table().sort_by("started_at").to_pylist()
    known = {row["stage"]: dict(row["metrics"]) for row in runs if row["status"] == "finished"}
    return {
        stage: (found["computed_rows"], found["carried_rows"])
        for stage, found in known.items()
        if "computed_rows" in found
    }


def begin(folder: Path, buckets: int) -> Tiny:
    """Run the tiny site: 2 pictures, 4 sentences."""
    tiny = Tiny(make_site(folder / "site"), folder / "warehouse")
    assert run_both(tiny, buckets) == 0
    assert counts(tiny) == {
        "fetch_images": (2, 0), "filter_images": (2, 0), "embed_images": (2, 0),
        "filter_sentences": (4, 0), "embed_sentences": (4, 0),
    }  # fmt: skip
    return tiny


@pytest.fixture(scope="module")
def one_bucket(spark, models, tmp_path_factory) -> Tiny:
    """The tiny site, run; not to be changed."""
    return begin(tmp_path_factory.mktemp("begun"), 1)


def change(tiny: Tiny) -> None:
    """A page, a picture and two sentences come, a page and its sentence go, a picture changes."""
    picture(tiny.site / "green.png", seed=7)
    add_page(tiny, "new.html", DOG, FARMER, STANDS, images=("green.png", "blue.png"))
    (tiny.site / "inn.html").unlink()
    picture(tiny.site / "red.png", seed=5, side=140)


def finish_killed(tiny: Tiny, buckets: int, monkeypatch) -> None:
    """Run the sentences; each of their stages dies once, in the last bucket that has new rows."""
    for job in (jobs.filter_sentences, jobs.embed_sentences):
        whole, calls = job.transform, []

        def dies(*arguments, whole=whole, calls=calls):
            calls.append(1)
            return whole(*arguments) if len(calls) < buckets else kill()

        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(job, "transform", dies)
            run(tiny, buckets, *OF_SENTENCES, last="embed_sentences")
        assert len(calls) == buckets
    assert run(tiny, buckets, *OF_SENTENCES, last="embed_sentences") == 0


@pytest.mark.parametrize("buckets", [1, pytest.param(2, marks=pytest.mark.long)])
def test_only_new_rows_are_computed_and_the_tables_are_those_of_all_computed_anew(
    request, spark, models, tmp_path, monkeypatch, buckets
):
    if buckets == 1:
        tiny = request.getfixturevalue("one_bucket").copy_to(tmp_path)
    else:
        tiny = begin(tmp_path, buckets)
    before = {table.name: tiny.writes(table.name) for table in OF_ROWS}
    change(tiny)
    assert run(tiny, buckets, "--allow-removal", last="embed_images") == 0
    finish_killed(tiny, buckets, monkeypatch)
    grown = counts(tiny)
    assert grown == {
        "fetch_images": (3, 0),  # files are read again once one of them has changed
        "filter_images": (2, 1), "embed_images": (2, 1),  # red, green; blue
        "filter_sentences": (2, 3), "embed_sentences": (2, 3),  # dog, farmer; barn, mill, corn
    }  # fmt: skip
    texts = dict(tiny.rows("sentences", "text", "occurrence_count"))
    assert (texts[STANDS], texts[DOG], "The inn closed at ten." in texts) == (2, 1, False)
    assert tiny.rows("images", "url", "width_px", "occurrence_count") == [
        ("blue.png", 120, 2), ("green.png", 120, 1), ("red.png", 140, 1),
    ]  # fmt: skip
    written = {table.name: tiny.writes(table.name) - before[table.name] for table in OF_ROWS}
    assert written == {table.name: buckets for table in OF_ROWS}

    anew = tiny.copy_to(tmp_path / "anew")
    assert run(anew, buckets, *OF_IMAGES, "--force", last="embed_images") == 0
    assert run(anew, buckets, *OF_SENTENCES, "--force", last="embed_sentences") == 0
    assert counts(anew) == {stage: (sum(rows), 0) for stage, rows in grown.items()}
    assert_equal_warehouses(tiny.warehouse, anew.warehouse, OF_ROWS)


def test_old_vectors_are_not_written_again_and_nothing_new_is_no_commit(one_bucket, tmp_path):
    tiny = one_bucket.copy_to(tmp_path)
    old = {name: set(tiny.table(name).file_uris()) for name in ("image_embeddings", "images")}
    picture(tiny.site / "lake.png", seed=9)
    add_page(tiny, "lake.html", STANDS, images=("lake.png",))
    vectors = tiny.versions()["sentence_embeddings"]
    assert run_both(tiny, 1) == 0
    assert counts(tiny) == {
        "fetch_images": (3, 0), "filter_images": (1, 2), "embed_images": (1, 2),
        "filter_sentences": (0, 4), "embed_sentences": (0, 4),
    }  # fmt: skip
    for name, files in old.items():
        assert files < set(tiny.table(name).file_uris())
    assert tiny.versions()["sentence_embeddings"] == vectors
    assert (STANDS, 3) in tiny.rows("sentences", "text", "occurrence_count")


def test_all_is_computed_where_the_pictures_not_to_be_used_are_others(spark, one_bucket, tmp_path):
    tiny = one_bucket.copy_to(tmp_path)
    ask(spark, tiny, ("url", b"none.png"))
    assert run(tiny, 1, *OF_IMAGES, last="filter_images") == 0
    assert counts(tiny)["filter_images"] == (2, 0)


def test_all_is_computed_where_the_version_that_the_last_run_read_is_gone(one_bucket, tmp_path):
    tiny = one_bucket.copy_to(tmp_path)
    old = tiny.table("images").file_uris()
    picture(tiny.site / "red.png", seed=5, side=140)
    assert run(tiny, 1, last="filter_images") == 0
    for file in set(old) - set(tiny.table("images").file_uris()):
        Path(file.removeprefix("file://")).unlink()
    assert run(tiny, 1, last="embed_images") == 0
    assert counts(tiny)["filter_images"] == (1, 1)
    assert counts(tiny)["embed_images"] == (2, 0)


def describe(tiny: Tiny) -> int:
    """Run from the images to their descriptions; pictures of noise look alike, but none is dropped."""
    apart = ("--set", "dedup_images.max_cosine_distance=0")
    images = run(tiny, 1, *apart, last="dedup_images")
    return images or run(tiny, 1, "--from", "describe_images", *apart, last="describe_images")


def test_only_new_survivors_are_described(one_bucket, tmp_path):
    tiny = one_bucket.copy_to(tmp_path)
    assert describe(tiny) == 0
    assert counts(tiny)["describe_images"] == (2, 0)
    picture(tiny.site / "lake.png", seed=9)
    add_page(tiny, "lake.html", images=("lake.png",))
    assert describe(tiny) == 0
    assert counts(tiny)["describe_images"] == (1, 2)
    described = {image for (image,) in tiny.rows("image_descriptions", "image_id")}
    assert described == {image for (image,) in tiny.rows("images", "image_id")}
