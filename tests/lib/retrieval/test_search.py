import numpy as np
import pytest

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ShapeError
from realsyn_lib.retrieval.search import SearchRules, Sentences, search_clusters

ALL = SearchRules(top_k=3, max_same_cosine=1.0)


def unit(count, width=8, seed=0):
    return unit_rows(np.random.default_rng(seed).normal(size=(count, width)))


def sentences(vectors, ids=None, text_keys=None, starts=None):
    rows = np.arange(len(vectors))
    return Sentences(
        rows if ids is None else np.array(ids),
        vectors,
        rows if text_keys is None else np.array(text_keys),
        np.array([0, len(vectors)]) if starts is None else np.array(starts),
    )


def search_cluster(queries, one_cluster, rules):
    return search_clusters(queries, np.zeros((len(queries), 1), int), one_cluster, rules)


def directions(*degrees):
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_the_closest_sentences_come_first():
    found = search_cluster(directions(0), sentences(directions(40, 10, 90, 20)), ALL)
    assert found.members.tolist() == [[1, 3, 0]]
    assert found.cosines[0].tolist() == pytest.approx(np.cos(np.radians([10, 20, 40])))


def test_a_sentence_too_like_a_chosen_one_is_passed_over():
    rules = SearchRules(top_k=3, max_same_cosine=np.cos(np.radians(3)))
    found = search_cluster(directions(0), sentences(directions(10, 11, 12, 15, 30)), rules)
    assert found.members.tolist() == [[0, 3, 4]]


def test_a_repeated_text_is_passed_over_for_each_image_apart():
    texts = sentences(directions(10, 20, 30, 40), text_keys=[7, 7, 8, 9])
    found = search_cluster(directions(0, 50), texts, ALL)
    assert found.members.tolist() == [[0, 2, 3], [3, 2, 1]]


def test_more_repeats_than_spare_leave_fewer_texts():
    texts = sentences(directions(1, 2, 3, 4, 5), text_keys=[7, 7, 7, 7, 8])
    few, more = SearchRules(2, 1.0, spare=2), SearchRules(2, 1.0, spare=3)
    assert search_cluster(directions(0), texts, few).members.tolist() == [[0, -1]]
    assert search_cluster(directions(0), texts, more).members.tolist() == [[0, 4]]


def test_a_small_cluster_marks_what_is_missing():
    found = search_cluster(directions(0), sentences(directions(10)), ALL)
    assert found.members.tolist() == [[0, -1, -1]]
    assert np.isnan(found.cosines[0, 1:]).all()


def test_equal_cosines_are_ordered_by_id():
    texts = sentences(np.repeat(directions(10), 3, axis=0), ids=[9, 4, 7])
    assert search_cluster(directions(10), texts, ALL).members.tolist() == [[1, 2, 0]]


def brute_force(image, probed, texts, rules):
    """Go down all sentences of the probed clusters by (cosine, id)."""
    own = [m for c in probed if c >= 0 for m in range(texts.starts[c], texts.starts[c + 1])]
    cosines = texts.vectors.astype(float) @ image.astype(float)
    chosen = []
    for member in sorted(own, key=lambda m: (-cosines[m], texts.ids[m])):
        like = [float(texts.vectors[member].astype(float) @ texts.vectors[c]) for c in chosen]
        repeats = any(texts.text_keys[member] == texts.text_keys[c] for c in chosen)
        if not repeats and all(cosine <= rules.max_same_cosine for cosine in like):
            chosen.append(member)
    return (chosen + [-1] * rules.top_k)[: rules.top_k]


@pytest.mark.parametrize("probes", [1, 2, 5])
def test_many_clusters_at_once_are_those_of_a_brute_force_search(probes):
    images = unit(80)
    texts = sentences(
        unit(150, seed=1),
        ids=np.random.default_rng(4).permutation(150),
        text_keys=np.random.default_rng(5).integers(0, 60, 150),
        starts=[0, 45, 45, 47, 48, 90, 120, 150],  # three tenths in one, one empty, one of two
    )
    clusters = np.stack([np.random.default_rng(n).permutation(7)[:probes] for n in range(80)])
    clusters[3, 1:] = -1
    rules = SearchRules(3, 0.8, spare=150)
    found = search_clusters(images, clusters, texts, rules)
    wanted = [brute_force(*row, texts, rules) for row in zip(images, clusters, strict=True)]
    assert found.members.tolist() == wanted
    for row in range(0, 80, 7):
        alone = search_clusters(images[row : row + 1], clusters[row : row + 1], texts, rules)
        assert alone.members.tolist() == wanted[row : row + 1]
        assert np.array_equal(alone.cosines, found.cosines[row : row + 1], equal_nan=True)


def test_an_image_without_clusters_finds_nothing():
    found = search_clusters(unit(2), np.array([[-1], [0]]), sentences(unit(4, seed=1)), ALL)
    assert (found.members != -1).sum(axis=1).tolist() == [0, 3]


def test_no_sentences_find_nothing():
    found = search_clusters(unit(2), np.array([[-1], [0]]), sentences(unit(0)), ALL)
    assert found.members.tolist() == [[-1] * 3] * 2


def test_clusters_must_be_as_many_as_vectors():
    with pytest.raises(ShapeError):
        search_cluster(unit(1), sentences(unit(2), starts=[0, 1]), ALL)
    with pytest.raises(ShapeError):
        search_clusters(unit(1), np.zeros((2, 1), int), sentences(unit(1)), ALL)
