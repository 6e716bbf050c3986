"""Who survives a component, and what the guard cuts, on small tables."""

from types import SimpleNamespace

import numpy as np
import pytest

from jobs.dedup.duplicate_rows import duplicate_rows
from jobs.dedup.find_duplicates import Entities, find_duplicates
from jobs.dedup.survivors import Survival, merits_of, survivors
from realsyn_lib.embeddings import unit_rows
from realsyn_lib.tables import IMAGE_DUPLICATES, IMAGES, SENTENCES
from tests.frames import frame, rows_of, vector
from tests.jobs.scratch_stage import ScratchStage

pytestmark = [pytest.mark.wide, pytest.mark.spark]

MEMBERS = "id bigint, component_id bigint"
VECTORS = "id bigint, embedding binary"
SETTLED = ("id", "component_id", "representative_id", "split_from")


def marks(vectors):
    return vectors.selectExpr("id", "0L AS mark")


def many_members():
    """Members of 40 components of 2 to 12, in each of which vectors drift; ids in any order."""
    generator = np.random.default_rng(3)
    sizes = generator.integers(2, 13, 40)
    ids = generator.permutation(np.arange(sizes.sum())) - 90
    component = np.repeat(np.arange(40), sizes)
    smallest = np.full(40, 2**62)
    np.minimum.at(smallest, component, ids)
    vectors = unit_rows(
        np.concatenate(
            [
                generator.normal(size=16) * 3 + generator.normal(size=(n, 16)).cumsum(0)
                for n in sizes
            ]
        )
    ).astype(np.float16)
    return ids, smallest[component], vectors


def nearest(ids, components, vectors):
    """The representative of each component, one at a time; a pair is a tie."""
    found = {}
    for component in np.unique(components):
        own = np.flatnonzero(components == component)
        own = own[np.argsort(ids[own])]
        centre = vectors[own].astype(np.float64).sum(axis=0)
        cosines = vectors[own] @ (centre / np.linalg.norm(centre))
        best = 0 if len(own) == 2 else np.argmax(np.round(cosines, 6))
        found[int(component)] = int(ids[own[best]])
    return found


@pytest.mark.parametrize("held", [8192, 5])
def test_representatives_are_nearest_to_the_centroid_however_many_one_task_holds(
    spark, tmp_path, held
):
    """With 5 there are pairs, small components and large ones, each settled in its own way."""
    ids, components, vectors = many_members()
    members = spark.createDataFrame(list(zip(ids.tolist(), components.tolist())), MEMBERS)
    rows = [(number, row.tobytes()) for number, row in zip(ids.tolist(), vectors)]
    stored = spark.createDataFrame(rows, VECTORS).repartition(3)
    stage, survival = ScratchStage(spark, tmp_path), Survival(held=held)
    found = duplicate_rows(stage, "semantic", members, stored, survival, len(ids))
    kept = nearest(ids, components, vectors)
    expected = [(n, c, kept[c], None) for n, c in zip(ids.tolist(), components.tolist())]
    assert rows_of(found, *SETTLED) == sorted(expected, key=repr)
    assert bool(stage.made) == (held == 5)


@pytest.mark.parametrize("held", [8192, 5])
def test_no_member_is_farther_from_its_representative_than_the_guard_lets_it(spark, tmp_path, held):
    ids, components, vectors = many_members()
    members = spark.createDataFrame(list(zip(ids.tolist(), components.tolist())), MEMBERS)
    rows = [(number, row.tobytes()) for number, row in zip(ids.tolist(), vectors)]
    merits = spark.createDataFrame(
        [(n, [n % 7]) for n in ids.tolist()], "id long, merits array<long>"
    )
    stored, survival = spark.createDataFrame(rows, VECTORS), Survival(merits, 0.1, held)
    stage = ScratchStage(spark, tmp_path)
    found = duplicate_rows(stage, "perceptual", members, stored, survival, len(ids)).collect()
    assert sorted(row.id for row in found) == sorted(ids.tolist())
    of_id = dict(zip(ids.tolist(), vectors.astype(np.float64)))
    sizes = dict(zip(*np.unique(components, return_counts=True)))
    joined = dict(zip(ids.tolist(), components.tolist()))
    parts = {}
    for row in found:
        parts.setdefault((joined[row.id], row.representative_id), []).append(row.id)
        near = of_id[row.id] @ of_id[row.representative_id] >= 0.9
        assert near or row.id == row.representative_id or sizes[joined[row.id]] == 2
    cut = {component for component, _ in parts} - {
        component for component, _ in parts if sum(c == component for c, _ in parts) == 1
    }
    assert 5 < len(cut) < 40
    for row in found:
        own = parts[joined[row.id], row.representative_id]
        assert row.component_id == min(own)
        assert row.split_from == (joined[row.id] if joined[row.id] in cut else None)
    firsts = {c: min((n % 7, n) for n in ids[components == c].tolist())[1] for c in cut}
    assert all((component, firsts[component]) in parts for component in cut)


IMAGES_IN = [
    {"image_id": 1, "width_px": 200, "height_px": 100, "document_id": 7, "position": 4},
    {"image_id": 2, "width_px": 40_000, "height_px": 60_000, "document_id": 7, "position": 3},
    {"image_id": 3, "width_px": 100, "height_px": 200, "document_id": -9, "position": 8},
    {"image_id": 4, "width_px": 10, "height_px": 10, "document_id": 0, "position": 0},
]


@pytest.mark.parametrize(("rule", "kept"), [("largest_image", 2), ("first_seen", 3)])
@pytest.mark.parametrize("distance", [None, 0.5])
def test_a_rule_says_which_image_survives(spark, tmp_path, rule, kept, distance):
    images = frame(spark, IMAGES, IMAGES_IN)
    directions = {1: (1, 0, 0), 2: (1, 0.1, 0), 3: (1, 0, 0.1), 4: (0, 1, 0)}
    vectors = spark.createDataFrame([(n, vector(*v)) for n, v in directions.items()], VECTORS)
    edges = spark.createDataFrame([(2, 1), (3, 2)], "src bigint, dst bigint")
    settings = SimpleNamespace(
        max_representative_distance=distance, max_cosine_distance=0.1, rows_per_cluster=100
    )
    stage = ScratchStage(spark, tmp_path)
    merits = merits_of(images, "image_id", rule)
    entities = Entities("image", marks(vectors), vectors, merits)
    find_duplicates(stage, IMAGE_DUPLICATES, entities, lambda *_: edges, settings)
    table = spark.read.parquet(f"{tmp_path}/image_duplicates")
    assert rows_of(table, "kind", *SETTLED) == [
        ("perceptual", number, 1, kept, None) for number in (1, 2, 3)
    ]
    assert stage.accounts == {"image": (4, {None: 2, "perceptual_duplicate": 2})}
    assert stage.metrics.get("split_components") == (None if distance is None else 0.0)


def test_what_the_guard_cuts_is_recorded_and_the_account_holds(spark, tmp_path):
    """1, 2 and 3 are a chain of hashes; 3 looks like 4 and falls to it in the semantic search."""
    directions = {1: (1, 0, 0), 2: (1, 0.1, 0), 3: (0, 0.1, 1), 4: (0, 0, 1), 5: (0, -1, 0)}
    vectors = spark.createDataFrame([(n, vector(*v)) for n, v in directions.items()], VECTORS)
    edges = spark.createDataFrame([(2, 1), (3, 2)], "src bigint, dst bigint")
    settings = SimpleNamespace(
        max_representative_distance=0.5, max_cosine_distance=0.1, rows_per_cluster=100
    )
    stage = ScratchStage(spark, tmp_path)
    entities = Entities("image", marks(vectors), vectors, None)
    find_duplicates(stage, IMAGE_DUPLICATES, entities, lambda *_: edges, settings)
    table = spark.read.parquet(f"{tmp_path}/image_duplicates")
    assert rows_of(table, "kind", *SETTLED) == [
        ("perceptual", 1, 1, 2, 1), ("perceptual", 2, 1, 2, 1), ("perceptual", 3, 3, 3, 1),
        ("semantic", 3, 3, 3, None), ("semantic", 4, 3, 3, None),
    ]  # fmt: skip
    counted = {"split_components": 1.0, "split_parts": 2.0, "split_members": 3.0}
    assert counted.items() <= stage.metrics.items()
    lost = {"perceptual_duplicate": 1, "semantic_duplicate": 1}
    assert stage.accounts == {"image": (5, {None: 3} | lost)}


def test_sentences_know_where_they_were_first_seen(spark):
    rows = [{"sentence_id": 1, "document_id": 5, "position": 2}]
    merits = merits_of(frame(spark, SENTENCES, rows), "sentence_id", "first_seen")
    assert rows_of(merits, "id", "merits") == [(1, [5, 2])]
    assert merits_of(frame(spark, SENTENCES, rows), "sentence_id", "nearest_to_centroid") is None


def test_a_survivor_is_its_own_representative_in_every_kind(spark):
    rows = [
        (1, "perceptual", 1, 1),
        (2, "perceptual", 1, 1),
        (1, "semantic", 1, 3),
        (3, "semantic", 1, 3),
    ]
    duplicates = frame(
        spark, IMAGE_DUPLICATES, [dict(zip(IMAGE_DUPLICATES.names, r)) for r in rows]
    )
    images = frame(spark, IMAGES, [{"image_id": number} for number in (1, 2, 3, 4)])
    assert rows_of(survivors(images, duplicates, "image_id"), "image_id") == [(3,), (4,)]
