"""benchmarks/proof: its parts, and the whole of it at toy size."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.proof.agreement import agreements, named_kinds
from benchmarks.proof.clip import Vocabulary, tokens_of
from benchmarks.proof.datasets import Picture, load_datasets
from benchmarks.proof.evaluate import recalled
from benchmarks.proof.intervals import estimate
from benchmarks.proof.pages import Shares, read_truth, write_pool
from benchmarks.proof.picture import draw
from benchmarks.proof.run import main
from benchmarks.proof.scenes import COLOURS, HELD_BACK, SEEN, SHAPES, Scene, Thing

TOY = (
    "--images", "24", "--encoder-pictures", "64", "--encoder-steps", "20", "--steps", "3",
    "--batch", "16", "--seeds", "1", "--trials", "0.1",
)  # fmt: skip


def thing(colour: str, shape: str) -> Thing:
    return Thing(colour, shape, "large", "plain")


def test_each_colour_and_each_shape_is_held_back_twice_and_seen_four_times():
    for number, words in enumerate((COLOURS, SHAPES)):
        for word in words:
            assert sum(kind[number] == word for kind in HELD_BACK) == 2
            assert sum(kind[number] == word for kind in SEEN) == 4


def test_no_page_shows_or_names_a_held_back_kind(tmp_path):
    write_pool(tmp_path / "pages", 40, seed=3, shares=Shares())
    pages = [file.read_text() for file in (tmp_path / "pages").glob("*.html")]
    named = set().union(*map(named_kinds, pages))
    shown = {one.kind for scene in read_truth(tmp_path / "pages").values() for one in scene.things}
    assert named and shown
    assert not (named | shown) & set(HELD_BACK)


def test_a_thing_is_drawn_in_its_colour_where_its_relation_puts_it():
    things = (thing("red", "square"), thing("blue", "circle"))
    pixels = np.asarray(draw(Scene(things, "left", "black", seed=5))).astype(int)
    red, blue = pixels[..., 0] - pixels[..., 2] > 90, pixels[..., 2] - pixels[..., 0] > 90
    assert red.any() and blue.any()
    assert np.nonzero(red)[1].mean() < np.nonzero(blue)[1].mean()


def test_agreement_counts_named_things_that_are_there():
    truth = {"1.jpg": Scene((thing("red", "ring"), thing("white", "star")), "left", "grey", 1)}
    own = ["A red ring, said Ann.", "The blue star and a Red Ring.", "Rain."]
    picture = Picture("copy-1.jpg", dict.fromkeys("abcd", own), ("random", "balanced"))
    found = agreements([picture], truth)["random a"]
    assert found == {
        "texts": 3,
        "telling": pytest.approx(2 / 3),
        "right": pytest.approx(2 / 3),  # three named, the blue star is not there
        "covered": pytest.approx(2 / 6),  # two things in each of three texts
    }


def test_recall_is_meaned_over_both_ways_and_a_tie_is_no_hit():
    cosines = np.array([[0.9, 0.2, 0.1], [0.8, 0.5, 0.5], [0.1, 0.3, 0.7]])
    # Rows: first, no (0.8 is better and 0.5 ties), first. Columns: first, first, first.
    assert recalled(cosines, 1).tolist() == [1.0, 0.5, 1.0]
    assert recalled(cosines, 3).tolist() == [1.0, 1.0, 1.0]


def test_an_interval_holds_the_mean_and_is_a_point_where_nothing_varies():
    same = estimate(np.full((3, 50), 0.25))
    assert (same.mean, same.low, same.high) == pytest.approx((0.25, 0.25, 0.25))
    half = estimate(np.tile([0.0, 1.0], (3, 200)))
    # Pictures vary, seeds do not: 1.96 standard errors of 400 halves are 0.049.
    assert half.mean == 0.5
    assert half.high - half.low == pytest.approx(0.098, abs=0.015)


def test_renumbered_tokens_keep_the_end_mark_the_largest():
    tokens = tokens_of(["a red ring", "a blue star hangs above"])
    vocabulary = Vocabulary([tokens])
    again = vocabulary(tokens)
    assert len(vocabulary) == len(np.unique(tokens))
    assert (again.argmax(axis=1) == tokens.argmax(axis=1)).all()


@pytest.fixture(scope="module")
def finished(spark, models, tmp_path_factory) -> Path:
    """The whole script at toy size."""
    work, threads = tmp_path_factory.mktemp("proof"), torch.get_num_threads()
    models_file = str(work / "encoder" / "models.yaml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REALSYN_MODELS_FILE", models_file)
        # Workers of the tests' session, which runs already, take it from there.
        patch.setitem(spark.sparkContext.environment, "REALSYN_MODELS_FILE", models_file)
        main(["--work", str(work), *TOY])
    torch.set_num_threads(threads)  # the script bounds its own process
    return work


@pytest.mark.spark
@pytest.mark.models
def test_both_samplings_have_as_many_pictures_and_every_arm_has_texts(finished):
    pictures = load_datasets(finished / "datasets.json")
    by_sampling = [
        sum(name in picture.samplings for picture in pictures) for name in ("random", "balanced")
    ]
    assert by_sampling[0] == by_sampling[1] > 0
    for picture in pictures:
        texts = picture.texts
        assert texts["a"] and len(texts["b"]) == 1
        assert texts["b"] == texts["c"][:1] and texts["c"] == texts["d"][:-1]


@pytest.mark.spark
@pytest.mark.models
def test_results_have_a_row_for_each_arm_and_the_figure_a_mark(finished):
    told = (finished / "results.md").read_text()
    runs = sorted((finished / "runs-3x16").iterdir())
    assert [file.stem for file in runs] == [
        f"{sampling}-{arm}-1" for sampling in ("balanced", "random") for arm in "abcd"
    ]
    figures = json.loads(runs[0].read_text())["figures"]
    mean = np.mean(figures["classes seen"])
    row = next(line for line in told.split("\n\n")[2].split("\n") if "balanced | (a)" in line)
    assert f"{100 * mean:.1f} [" in row
    assert (finished / "results.svg").read_text().count("<circle") == 4 * 8 + 2


@pytest.mark.spark
@pytest.mark.models
def test_the_same_command_again_trains_only_what_is_missing(finished):
    runs = finished / "runs-3x16"
    before = {file.name: file.stat().st_mtime_ns for file in runs.iterdir()}
    lost = runs / "random-d-1.json"
    was = json.loads(lost.read_text())["figures"]
    lost.unlink()
    main(["--work", str(finished), *TOY])
    after = {file.name: file.stat().st_mtime_ns for file in runs.iterdir()}
    assert {name for name in after if after[name] != before[name]} == {lost.name}
    assert json.loads(lost.read_text())["figures"] == was


@pytest.mark.spark
@pytest.mark.models
def test_a_folder_begun_with_other_settings_is_refused(finished, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--work", str(finished), *TOY, "--images", "25"])
    assert ended.value.code == 2
    assert "was begun with" in capsys.readouterr().err
