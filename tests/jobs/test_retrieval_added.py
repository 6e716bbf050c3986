"""Images and sentences that come and go: what is found is what a search of all images finds."""

from types import SimpleNamespace

import numpy as np
import pytest

from jobs.changed_ids import changed_ids
from jobs.retrieval.added import search_changed
from jobs.retrieval.blocks import asked_by_sample, blocks_of, sizes_of
from jobs.retrieval.recall import exact_search
from jobs.retrieval.search import Search, search_in_blocks
from jobs.retrieval.since import Since
from jobs.retrieval.texts import with_texts
from realsyn_lib.embeddings import unit_rows
from realsyn_lib.retrieval.centroids import small_centroids
from realsyn_lib.retrieval.levels import one_level
from realsyn_lib.retrieval.search import SearchRules
from tests.brute_force import ranked
from tests.frames import rows_of
from tests.jobs.scratch_memory import ScratchMemory
from tests.jobs.scratch_stage import ScratchStage

pytestmark = [pytest.mark.wide, pytest.mark.spark]

CLUSTERS, WIDTH = 8, 5
IMAGES_DDL = "image_id bigint, embedding binary"
SENTENCES_DDL = "cluster_id int, sentence_id bigint, text_key bigint, embedding binary"
FOUND = ("image_id", "rank", "sentence_id", "text", "cosine", "cluster_id")


def stored(count, seed):
    vectors = np.random.default_rng(seed).normal(size=(count, WIDTH))
    return unit_rows(vectors).astype(np.float16)


@pytest.fixture(scope="module")
def world(spark):
    """240 sentences, some of the same words or nearly the same place, and 60 images."""
    cells, sentences, images = stored(CLUSTERS, 1), stored(240, 2), stored(60, 3)
    sentences[200:220] = sentences[:20]
    own = ranked(sentences.astype(np.float32), cells.astype(np.float32), 1)[:, 0]
    own[own == 7] = 6  # the last cluster is empty
    rows = [(int(c), n, n % 230, v.tobytes())
            for n, (c, v) in enumerate(zip(own, sentences, strict=True))]  # fmt: skip
    texts = spark.createDataFrame(
        [(n, f"Text {n}.") for n in range(240)], "sentence_id bigint, text string"
    )
    return SimpleNamespace(
        sentences=spark.createDataFrame(rows, SENTENCES_DDL), texts=texts, own=own,
        images=spark.createDataFrame([(n, v.tobytes()) for n, v in enumerate(images)], IMAGES_DDL),
        index=one_level(small_centroids(cells.astype(np.float32))),
    )  # fmt: skip


def some(rows, key, ids):
    return rows.where(rows[key].isin([int(n) for n in ids]))


def searched_all(stage, images, sentences, sizes, search, texts):
    blocks = blocks_of(stage, search, sizes, asked_by_sample(images, images.count(), search))
    return with_texts(search_in_blocks(images, sentences, search, blocks), texts)


def since_of(stage, images, sentences, found):
    """What changed between then and now; of each a frame."""
    pictures = changed_ids(stage, "changed_images", *images, "image_id")
    texts = changed_ids(stage, "changed_sentences", *sentences, "sentence_id")
    new = sentences[1].join(texts.came, "sentence_id", "left_semi")
    lost = sentences[0].join(texts.went, "sentence_id", "left_semi")
    return Since(pictures, texts, new, lost, found)


CASES = {
    "one sentence": (range(60), range(60), range(1, 240), range(240)),
    "images only": (range(50), range(60), range(240), range(240)),
    "an image goes": (range(60), range(1, 60), range(240), range(240)),
    "sentences go": (range(60), range(60), range(240), range(0, 240, 2)),
    "all at once": (range(50), range(5, 60), range(225), range(10, 240)),
    "the first ones": (range(60), range(60), range(0), range(240)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("nprobe", "block_mb"), [(1, 256), (3, 256), (3, 0)])
def test_what_changed_is_searched_and_nothing_else_changes(
    spark, tmp_path, world, case, nprobe, block_mb
):
    then_images, now_images, then_ids, now_ids = CASES[case]
    stage = ScratchStage(spark, tmp_path)
    if block_mb == 0:  # a few sentences each
        stage.conf = SimpleNamespace(
            spark=stage.conf.spark, retrieval=SimpleNamespace(block_mb=20 * 6 * WIDTH / 2**20)
        )
    rules = SearchRules(top_k=3, max_same_cosine=0.97, spare=4)
    search = Search(world.index, 1, nprobe, rules)
    images = [some(world.images, "image_id", ids) for ids in (then_images, now_images)]
    sentences = [some(world.sentences, "sentence_id", ids) for ids in (then_ids, now_ids)]
    planned = sizes_of(world.sentences, search)
    then = searched_all(stage, images[0], sentences[0], planned, search, world.texts)
    since = since_of(stage, images, sentences, stage.scratch("then", then))
    change = search_changed(
        stage, images[1], len(now_images), sentences[1], planned, search, since, world.texts
    )
    wanted = rows_of(
        searched_all(stage, images[1], sentences[1], planned, search, world.texts), *FOUND
    )
    known = rows_of(since.found, *FOUND)
    new = [] if change.rows is None else rows_of(change.rows, *FOUND)
    whole = sorted(known + new, key=repr) if change.rows is None or change.is_added else new
    assert whole == wanted
    told = stage.metrics["searched_rows"], stage.metrics["carried_rows"]
    assert sum(told) == len(now_images)
    moved = {row[0] for row in wanted} - {
        image for image in {row[0] for row in wanted}
        if [r for r in known if r[0] == image] == [r for r in wanted if r[0] == image]
    }  # fmt: skip
    assert told[0] >= len(moved)
    if case == "one sentence":
        assert told[0] < 20
    if case == "images only":
        assert (told[0], change.is_added) == (10, True)
    if case == "an image goes":
        assert told[0] == 0


@pytest.mark.parametrize("case", [name for name in CASES if name != "all at once"])
def test_the_exact_answers_go_on_from_those_of_the_last_run(spark, tmp_path, world, case):
    then_images, now_images, then_ids, now_ids = CASES[case]
    settings = ("checks.recall_rows=1000",)  # all images
    stage = ScratchStage(spark, tmp_path, settings=settings)
    search = Search(world.index, 1, 3, SearchRules(top_k=3, max_same_cosine=0.97))
    images = [some(world.images, "image_id", ids) for ids in (then_images, now_images)]
    sentences = [some(world.sentences, "sentence_id", ids) for ids in (then_ids, now_ids)]
    since = since_of(stage, images, sentences, world.images)

    def exact(folder, place, past=None, since=None, images_of=None):
        memory = ScratchMemory(spark, tmp_path / folder, past)
        few = images[place] if images_of is None else images_of
        sizes = sizes_of(sentences[place], search)
        found = exact_search(
            stage, memory, few, few.count(), sentences[place], sizes, search, since
        )
        return found, memory

    _, memory = exact("then", 0)
    went_on, _ = exact("now", 1, memory, since)
    standing = some(images[1], "image_id", then_images)  # the images of then that are still there
    anew, _ = exact("anew", 1, images_of=standing)
    names = ["image_id", "sentence_id", "cluster_id"]
    assert went_on.found.sort_by([(n, "ascending") for n in names[:2]]).equals(
        anew.found.sort_by([(n, "ascending") for n in names[:2]])
    )
    assert went_on.recall.tolist() == anew.recall.tolist()
    assert went_on.products.tolist() == anew.products.tolist()


def test_where_few_images_of_the_last_measurement_are_left_it_is_made_anew(spark, tmp_path, world):
    stage = ScratchStage(spark, tmp_path, settings=("checks.recall_rows=40",))
    search = Search(world.index, 1, 3, SearchRules(top_k=3, max_same_cosine=0.97))
    sizes, told, past, since = sizes_of(world.sentences, search), [], None, None
    for number, ids in enumerate((range(12), range(5, 60), range(60))):
        images = some(world.images, "image_id", ids)
        if number:
            now = [some(world.images, "image_id", told[-1][1]), images]
            since = since_of(stage, now, [world.sentences] * 2, world.images)
        memory = ScratchMemory(spark, tmp_path / str(number), past)
        found = exact_search(stage, memory, images, len(ids), world.sentences, sizes, search, since)
        told.append((set(found.found["image_id"].to_pylist()), ids))
        past = memory
    assert told[0][0] == set(range(12))  # fewer than are wanted: all
    assert len(told[1][0]) > 20  # seven were left: drawn anew
    assert told[2][0] == told[1][0]  # enough of them are still there
