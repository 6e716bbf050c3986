"""Documents that come and go, through clusters and retrieval: the tables are those of --force."""

import pytest

import jobs.cluster_sentences
import jobs.clusters
from realsyn_lib.ids import content_hash_id
from realsyn_lib.tables import RETRIEVED_TEXTS, SENTENCE_CLUSTERS
from tests.equal_tables import assert_equal_warehouses
from tests.jobs.test_dedup_new_documents import OLD, metrics, smooth
from tests.jobs.test_runs_new_documents import SETTINGS, add_page, run
from tests.tiny_site import Killed, Tiny, kill, make_site, realsyn

pytestmark = [pytest.mark.long, pytest.mark.spark, pytest.mark.models]

LATE = ("A tram stopped near the old harbour.", "The young baker sold warm rolls at dawn.")
BOTH = (SENTENCE_CLUSTERS, RETRIEVED_TEXTS)
FROM = ("--from", "cluster_sentences")
SMALL = (
    "--set", "clusters.sentences_per_centroid=4", "--set", "retrieval.top_k=2",
    "--set", "retrieval.nprobe=1",
    "--set", "dedup_images.max_cosine_distance=0.0",
)  # fmt: skip


def run_line(tiny: Tiny, *more: str) -> int:
    return run(tiny, 1, *SMALL, *more, last="retrieve_texts")


def figures(tiny: Tiny) -> tuple[float, ...]:
    """(added, removed) sentences of the clusters, (searched, carried) images."""
    clusters, retrieval = metrics(tiny, "cluster_sentences"), metrics(tiny, "retrieve_texts")
    told = [clusters.get(name, -1) for name in ("added_rows", "removed_rows")]
    return (*told, *(retrieval[name] for name in ("searched_rows", "carried_rows")))


def assert_as_anew(tiny: Tiny, folder) -> None:
    """All images searched and all sentences placed anew in the same centroids: the same rows."""
    anew = tiny.copy_to(folder)
    assert run_line(anew, *FROM, "--force") == 0
    assert figures(anew)[:2] == (-1, -1)
    assert figures(anew)[3] == 0
    assert_equal_warehouses(tiny.warehouse, anew.warehouse, BOTH)


@pytest.fixture(scope="module")
def begun(spark, models, tmp_path_factory) -> Tiny:
    """The tiny site with nine sentences and eight pictures more, run; not to be changed."""
    folder = tmp_path_factory.mktemp("begun")
    tiny = Tiny(make_site(folder / "site"), folder / "warehouse")
    names = [f"spot{seed}.png" for seed in range(8)]
    for seed, name in enumerate(names):
        smooth(tiny.site / name, seed, (200, 160))
    add_page(tiny, "animals.html", *OLD, images=tuple(names))
    assert run_line(tiny) == 0
    assert figures(tiny) == (-1, -1, 10, 0)
    return tiny


def test_new_documents_touch_their_clusters_only(begun, tmp_path, monkeypatch):
    tiny = begun.copy_to(tmp_path)
    before = [tiny.table(table.name).version() for table in BOTH]
    smooth(tiny.site / "late.png", 77, (220, 170))
    add_page(tiny, "late.html", LATE[0], images=("late.png",))

    def die(*_arguments):
        kill()

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(jobs.clusters, "changed_ids", die)
        run_line(tiny)
    assert run_line(tiny) == 0
    added, removed, searched, carried = figures(tiny)
    assert (added, removed, searched + carried) == (1, 0, 11)
    assert carried > 0
    assert tiny.table("sentence_clusters").version() == before[0] + 1
    assert tiny.writes("sentence_centroids") == begun.writes("sentence_centroids")
    assert_as_anew(tiny, tmp_path / "anew")

    add_page(tiny, "late2.html", LATE[1])
    (tiny.site / "late.html").unlink()
    assert run_line(tiny, "--allow-removal") == 0
    added, removed, searched, carried = figures(tiny)
    assert (added, removed, searched + carried) == (1, 1, 10)
    assert_as_anew(tiny, tmp_path / "anew2")
    ids = dict(tiny.rows("sentences", "text", "sentence_id"))
    assert ids[LATE[1]] in {n for (n,) in tiny.rows("sentence_clusters", "sentence_id")}
    assert LATE[0] not in {text for (text,) in tiny.rows("retrieved_texts", "text")}


def test_pictures_without_text_get_the_sentences_of_another_warehouse(begun, tmp_path, capsys):
    """No sentence is worked on here; the run names the versions that it read there."""
    other = begun.copy_to(tmp_path / "other")
    mine = Tiny(tmp_path / "pictures", tmp_path / "mine")
    mine.site.mkdir()
    for seed in (3, 21):  # the first is one of the other's
        smooth(mine.site / f"p{seed}.png", seed, (200, 160))
    theirs = ("--set", f"retrieval.sentences_from={other.warehouse}")
    before = other.versions()
    assert run_line(mine, "--format", "images", *theirs) == 0
    assert [stage for stage, _ in mine.stages_run()] == [
        "extract_documents", "fetch_images", "filter_images", "embed_images", "dedup_images",
        "retrieve_texts",
    ]  # fmt: skip
    assert {n for (n,) in mine.rows("retrieved_texts", "image_id")} == {
        n for (n,) in mine.rows("images", "image_id")
    }
    assert texts_of(mine, "p3.png") == texts_of(other, "spot3.png")
    last = mine.table("runs").to_pyarrow_table().sort_by("started_at").to_pylist()[-1]
    read = dict(last["input_versions"])
    published = ("sentences", "sentence_centroids", "sentence_clusters")
    assert [read[name] for name in published] == [before[name] for name in published]
    assert read["sentences_from"] == content_hash_id(str(other.warehouse))

    add_page(other, "late.html", LATE[0])
    assert run_line(other) == 0
    assert run_line(mine, "--format", "images", *theirs) == 0
    told = metrics(mine, "retrieve_texts")
    assert told["searched_rows"] + told["carried_rows"] == 2 and len(mine.stages_run()) == 7
    assert realsyn("verify", "--warehouse", mine.warehouse) == 0
    said = [part for text in SETTINGS for part in ("--set", text)]
    capsys.readouterr()
    assert realsyn("status", "--warehouse", mine.warehouse, *said, *SMALL, *theirs) == 0
    assert "out of date" not in capsys.readouterr().out


def texts_of(tiny: Tiny, url: str) -> list[tuple[object, ...]]:
    """Return rank, text and cosine of the texts of an image."""
    ids = dict(tiny.rows("images", "url", "image_id"))
    rows = tiny.rows("retrieved_texts", "image_id", "rank", "text", "cosine")
    return [row[1:] for row in rows if row[0] == ids[url]]


def test_other_settings_search_everything_anew(begun, tmp_path):
    tiny = begun.copy_to(tmp_path)
    assert run_line(tiny, "--set", "retrieval.nprobe=2") == 0
    assert metrics(tiny, "retrieve_texts")["searched_rows"] == 10
    smooth(tiny.site / "late.png", 77, (220, 170))
    add_page(tiny, "late.html", images=("late.png",))
    uses = ("--set", "retrieval.nprobe=2", "--set", "retrieval.max_uses=2")
    assert run_line(tiny, *uses) == 0
    assert metrics(tiny, "retrieve_texts")["searched_rows"] == 11
    given = [n for (n,) in tiny.rows("retrieved_texts", "sentence_id")]
    assert max(given.count(n) for n in given) <= 2
    smooth(tiny.site / "later.png", 78, (220, 170))
    add_page(tiny, "later.html", images=("later.png",))
    assert run_line(tiny, *uses) == 0  # images share the sentences: all are searched
    assert metrics(tiny, "retrieve_texts")["searched_rows"] == 12


def test_another_picture_under_an_old_address_is_searched_again(begun, tmp_path):
    tiny = begun.copy_to(tmp_path)
    smooth(tiny.site / "spot3.png", 91, (230, 180))
    assert run_line(tiny) == 0
    added, removed, searched, carried = figures(tiny)
    assert (added, removed) == (-1, -1)  # no sentence changed: the stage did not run
    assert (searched, carried) == (1, 9)
    assert_as_anew(tiny, tmp_path / "anew")
