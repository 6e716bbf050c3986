"""A run that goes on with what the last one kept, against one that finds everything anew."""

import numpy as np
import pytest

from jobs.dedup.find_duplicates import Entities, find_duplicates
from jobs.dedup.kept_hashes import near_images_kept
from jobs.dedup.kept_texts import near_texts_kept
from jobs.dedup.near_texts import TextSearch, near_texts
from jobs.memory import Memory
from realsyn_lib.dedup.minhash import banding_for
from realsyn_lib.dedup.near_texts import NearTextRules
from realsyn_lib.embeddings import binary_of, unit_rows
from realsyn_lib.tables import IMAGES, SENTENCE_DUPLICATES
from tests.frames import frame, rows_of
from tests.jobs.scratch_stage import ScratchStage

pytestmark = [pytest.mark.wide, pytest.mark.spark]

RULES = NearTextRules(0.65, 2, banding_for(0.6, 0.97))
TEXTS = "id bigint, text string"
VECTORS = "id bigint, embedding binary"


def made_texts(seed=5):
    """Sentences of 14 words; a third are edits of others, and 60 are one sentence but for a word.

    The 60 share most band keys, more than a row is compared with there.
    """
    generator = np.random.default_rng(seed)
    vocabulary = [f"w{number}" for number in range(400)]
    own = [list(row) for row in generator.choice(vocabulary, (120, 14))]
    edited = [[*row[:3], "new", *row[4:]] for row in own[:60]]
    crowd = [[*own[0][:13], f"last{number}"] for number in range(60)]
    texts = [" ".join(row) for row in own + edited + crowd] + ["?!", "Same words.", "same WORDS"]
    ids = generator.permutation(10**6)[: len(texts)].tolist()
    return dict(zip(ids, texts, strict=True))


def search_of(texts, tasks=2, block_bytes=2**20):
    return TextSearch(RULES, len(texts), block_bytes, tasks)


def pairs_of(edges):
    found = rows_of(edges, "src", "dst")
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.parametrize(
    ("partitions", "block_bytes"), [pytest.param(1, 2**20, marks=pytest.mark.long), (4, 2000)]
)
def test_texts_that_are_added_in_two_steps_pair_as_if_all_came_at_once(
    spark, tmp_path, partitions, block_bytes
):
    texts = made_texts()
    ids = list(texts)
    whole = spark.createDataFrame(list(texts.items()), TEXTS).repartition(partitions)
    wanted = pairs_of(near_texts(whole, search_of(texts, 2, block_bytes)))
    assert len(wanted) > 150
    stage = ScratchStage(spark, tmp_path)
    known: list[int] = []
    for step in (ids[20:], ids[5:20], ids[:5], []):
        added = spark.createDataFrame([(n,) for n in step], "id bigint") if known else None
        known += step
        now = spark.createDataFrame([(n, texts[n]) for n in known], TEXTS).repartition(partitions)
        memory = Memory(stage)
        assert memory.has_past == (added is not None)
        search = search_of(known, 2, block_bytes)
        found = pairs_of(near_texts_kept(stage, memory, now, added, search))
        memory.seal()
        files = {file.name for file in (tmp_path / "kept").rglob("*.arrow")}
        stage.finished()
    assert found == wanted
    assert len(files) >= 3


def test_without_its_seal_a_memory_has_no_past(spark, tmp_path):
    texts = spark.createDataFrame([(1, "a b c"), (2, "A b, c")], TEXTS)
    stage = ScratchStage(spark, tmp_path)
    near_texts_kept(stage, Memory(stage), texts, None, search_of([1, 2]))
    assert not Memory(stage.finished()).has_past


def test_a_memory_of_other_settings_or_of_a_forced_run_is_none(spark, tmp_path):
    stage = ScratchStage(spark, tmp_path)
    memory = Memory(stage)
    memory.keep("rows", spark.range(3))
    memory.seal()
    stage.finished()
    assert rows_of(Memory(stage).before("rows", "id bigint"), "id") == [(0,), (1,), (2,)]
    assert Memory(stage).before("others", "id bigint") is None
    stage.attempt.only_run = "000002"
    assert not Memory(stage).has_past
    assert Memory(stage).published("rows", "id bigint").count() == 3
    stage.attempt.only_run, stage.attempt.config_digest = None, "other"
    assert not Memory(stage).has_past


def test_a_run_removes_what_neither_it_nor_the_last_one_needs(spark, tmp_path):
    stage = ScratchStage(spark, tmp_path)
    for _ in range(4):
        memory = Memory(stage)
        memory.keep("rows", spark.range(1))
        memory.seal()
        stage.finished()
    folders = sorted(path.name for path in (tmp_path / "memory/dedup_sentences").iterdir())
    assert folders == [f"{3:013x}", f"{4:013x}"]


def components_of(edges, ids):
    """The sets of ids that edges join."""
    group = {number: number for number in ids}

    def root(number):
        while group[number] != number:
            number = group[number]
        return number

    for src, dst in rows_of(edges, "src", "dst"):
        group[root(src)] = root(dst)
    sets = {}
    for number in ids:
        sets.setdefault(root(number), set()).add(number)
    return {frozenset(members) for members in sets.values() if len(members) > 1}


def test_images_that_are_added_join_as_if_all_came_at_once(spark, tmp_path):
    """Copies within six bits, equal hashes, equal bytes, flat pictures of one hash."""
    generator = np.random.default_rng(8)
    hashes = generator.integers(-(2**63), 2**63, 60)
    rows = []
    for number, phash in enumerate(hashes.tolist()):
        rows.append((phash, 1000 + number, 50.0))
        turned = phash
        for bit in generator.permutation(63)[: number % 9]:
            turned ^= 1 << int(bit)
        rows.append((turned, 2000 + number, 50.0))
    rows += [(7, 1000, 50.0), (8, 1001, 1.0), (8, 5000, 1.0), (8, 5001, 1.0), (8, 5001, 0.0)]
    ids = generator.permutation(10**6)[: len(rows)].tolist()
    names = ("phash", "content_id", "luma_std")
    images = [dict(zip(names, row)) | {"image_id": n} for n, row in zip(ids, rows, strict=True)]
    order = generator.permutation(len(images)).tolist()
    stage = ScratchStage(spark, tmp_path)
    none = spark.createDataFrame([], VECTORS)

    def join(some, added):
        memory = Memory(stage)
        new = None if added is None else spark.createDataFrame([(n,) for n in added], "id bigint")
        table = frame(spark, IMAGES, some)
        found = components_of(near_images_kept(stage, memory, table, none, new), ids)
        memory.seal()
        stage.finished()
        return found

    first = [images[place] for place in order[30:]]
    join(first, None)
    last = [images[place]["image_id"] for place in order[:30]]
    found = join(images, last)
    assert found == join(images, None)
    assert frozenset(ids[-2:]) in found  # two flat pictures of equal bytes, and no other of them
    assert 40 < len(found) < 62


def test_a_duplicates_table_is_the_same_whether_rows_came_at_once_or_were_added(spark, tmp_path):
    """Chains of vectors whose middle comes late: representatives change, components join."""
    generator = np.random.default_rng(4)
    starts = unit_rows(generator.normal(size=(40, 12)))
    aside = unit_rows(generator.normal(size=(40, 12)))
    parts = [unit_rows(starts + step * aside) for step in (0.0, 0.2, 0.4, 0.6)]
    vectors = dict(enumerate(np.concatenate(parts)))
    edges = {(40 + n, n) for n in range(40)} | {(120 + n, 80 + n) for n in range(0, 40, 3)}
    late = {n for n in vectors if n % 7 == 0}

    def run(stage, ids, settings):
        values = [(n, binary_of(vectors[n][None])[0].as_py()) for n in sorted(ids)]
        stored = spark.createDataFrame(values, VECTORS)
        merits = spark.createDataFrame(
            [(n, [(n * 37) % 11]) for n in ids], "id bigint, merits array<bigint>"
        )
        entities = Entities("sentence", stored.selectExpr("id", "id AS mark"), stored, merits)
        present = [pair for pair in edges if ids.issuperset(pair)]
        near = spark.createDataFrame(present, "src bigint, dst bigint")
        seen = []

        def pairs(memory, added):
            seen.append(None if added is None else {n for (n,) in rows_of(added, "id")})
            return memory.keep("near", near)

        find_duplicates(stage, SENTENCE_DUPLICATES, entities, pairs, settings)
        table = spark.read.parquet(stage.files("sentence_duplicates"))
        return rows_of(table, *SENTENCE_DUPLICATES.names), seen[0]

    settings = ScratchStage(spark, tmp_path).conf.dedup_sentences
    stage, afresh = ScratchStage(spark, tmp_path / "a"), ScratchStage(spark, tmp_path / "b")
    run(stage, set(vectors) - late, settings)
    assert "perceptual_same" not in stage.made
    assert stage.metrics["added_rows"] == len(vectors) - len(late)
    found, added = run(stage.finished(), set(vectors), settings)
    assert added == late
    assert stage.metrics["added_rows"] == len(late) == 23
    assert "perceptual_same" in stage.made
    accounts = stage.accounts
    assert found == run(afresh, set(vectors), settings)[0]
    assert accounts == afresh.accounts
    again, added = run(stage.finished(), set(vectors) - {1}, settings)
    assert added is None  # a row is gone: everything is found anew
    assert "perceptual_same" not in stage.made
    assert all(row[0] != 1 for row in again)
