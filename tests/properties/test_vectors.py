"""Hashes, vectors, components, clusters and what is kept of them, against plain ways to the same."""

import numpy as np
import pyarrow as pa
from hypothesis import assume, given
from hypothesis import strategies as st

from realsyn_lib.balance import choose, rank_in_cluster, rows_at, solve_cap
from realsyn_lib.dedup.components import component_labels, connected_components, star_edges
from realsyn_lib.dedup.near_hashes import near_hashes
from realsyn_lib.dedup.near_vectors import near_vectors
from realsyn_lib.dedup.survivors import Members, representatives
from realsyn_lib.embeddings import bad_rows, binary_of, dot_rows, unit_rows, vectors_of
from realsyn_lib.equal_runs import run_places, run_starts
from realsyn_lib.evaluation.metrics import ranked_classes, roc_auc, top_accuracy
from realsyn_lib.hashing import hash_strings, xxhash64_rows
from realsyn_lib.images.phash import hamming_distance, phash
from realsyn_lib.retrieval.kmeans import assign, fit_centroids
from realsyn_lib.retrieval.ranking import rank_in_groups

SEEDS = st.integers(0, 2**31 - 1)
EDGES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=20)


def unit(seed: int, rows: int, width: int = 8) -> np.ndarray:
    return unit_rows(np.random.default_rng(seed).normal(size=(rows, width)).astype(np.float32))


def ids_of(edges):
    pairs = np.array(edges, np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def brute_labels(edges):
    """The smallest id that each can reach, by spreading until nothing changes."""
    smallest = {node: node for edge in edges for node in edge}
    for _round in smallest:
        for left, right in edges:
            least = min(smallest[left], smallest[right])
            smallest[left] = smallest[right] = least
    return smallest


@given(EDGES)
def test_components_are_those_of_spreading(edges):
    found = connected_components(*ids_of(edges))
    assert dict(zip(found.ids.tolist(), found.component_ids.tolist(), strict=True)) == brute_labels(
        edges
    )


@given(EDGES, SEEDS)
def test_the_order_and_direction_of_edges_change_no_component(edges, seed):
    rng = np.random.default_rng(seed)
    src, dst = ids_of([(b, a) if rng.random() < 0.5 else (a, b) for a, b in edges])
    order = rng.permutation(len(src))
    one, other = connected_components(*ids_of(edges)), connected_components(src[order], dst[order])
    assert np.array_equal(one.ids, other.ids)
    assert np.array_equal(one.component_ids, other.component_ids)


@given(EDGES)
def test_a_star_has_the_components_of_its_edges_and_fewer_edges(edges):
    src, dst = ids_of(edges)
    star = star_edges(src, dst)
    labels = brute_labels(edges)
    assert len(star[0]) == sum(label != node for node, label in labels.items())
    assert all(
        labels[node] == label for node, label in zip(*(a.tolist() for a in star), strict=True)
    )


@given(EDGES)
def test_labels_of_rows_are_the_smallest_row(edges):
    src, dst = ids_of(edges)
    labels = brute_labels(edges)
    assert component_labels(13, src, dst).tolist() == [labels.get(row, row) for row in range(13)]


@given(SEEDS, st.integers(0, 40), st.integers(0, 8))
def test_near_hashes_are_those_of_all_pairs(seed, count, distance):
    rng = np.random.default_rng(seed)
    base = rng.integers(0, 2**63, max(1, count // 4), dtype=np.uint64)
    flips = np.array([sum(1 << int(b) for b in rng.choice(64, rng.integers(0, 7), replace=False))
                      for _ in range(count)], np.uint64)  # fmt: skip
    hashes = np.unique(rng.choice(base, count) ^ flips) if count else np.empty(0, np.uint64)
    apart = hamming_distance(hashes.view(np.int64)[:, None], hashes.view(np.int64)[None, :])
    left, right = np.nonzero(np.triu(apart <= distance, 1))
    assert near_hashes(hashes, distance).tolist() == np.stack([left, right], axis=1).tolist()


@given(SEEDS, st.integers(0, 20), st.sampled_from([0.05, 0.2, 0.5]))
def test_near_vectors_link_the_components_of_all_near_pairs(seed, rows, distance):
    vectors = unit(seed, rows, 4)
    cosines = vectors.astype(np.float64) @ vectors.astype(np.float64).T
    assume(not np.any(np.abs(cosines - (1 - distance)) < 1e-6))
    ids = np.random.default_rng(seed).permutation(rows).astype(np.int64)
    left, right = np.nonzero(np.triu(cosines >= 1 - distance, 1))
    wanted = brute_labels(list(zip(ids[left].tolist(), ids[right].tolist(), strict=True)))
    src, dst = near_vectors(vectors, ids, distance)
    assert brute_labels(list(zip(src.tolist(), dst.tolist(), strict=True))) == wanted


@given(SEEDS, st.integers(1, 20), st.integers(1, 4))
def test_a_representative_is_of_its_group_and_represents_itself(seed, rows, groups):
    rng = np.random.default_rng(seed)
    ids = rng.permutation(100)[:rows].astype(np.int64)
    of = rng.integers(0, groups, rows)
    merits = rng.integers(0, 3, (rows, 1))
    members = Members(of, np.ones(rows, bool), ids, merits, unit(seed, rows))
    chosen = representatives(members)
    for group in set(of.tolist()):
        inside = of == group
        best = min(zip(merits[inside, 0].tolist(), ids[inside].tolist(), strict=True))[1]
        assert set(chosen[inside].tolist()) == {best}


@given(SEEDS, st.integers(0, 12), st.integers(1, 9))
def test_vectors_are_read_back_within_half_precision(seed, rows, width):
    vectors = unit(seed, rows, width)
    back = vectors_of(binary_of(vectors), width)
    assert back.shape == vectors.shape and np.allclose(back, vectors, atol=1e-3)


@given(SEEDS, st.integers(1, 12))
def test_unit_rows_have_norm_one_and_zero_rows_stay(seed, rows):
    raw = np.random.default_rng(seed).normal(size=(rows, 5)) * 10.0 ** (seed % 9 - 4)
    raw[0] = 0
    norms = np.linalg.norm(unit_rows(raw).astype(np.float64), axis=1)
    assert norms[0] == 0 and np.allclose(norms[1:], 1, atol=1e-6)


@given(SEEDS, st.sampled_from([np.nan, np.inf, -np.inf]))
def test_a_row_that_is_not_finite_is_bad_and_no_other(seed, value):
    vectors = unit(seed, 6)
    vectors[seed % 6, seed % 8] = value
    assert bad_rows(vectors).tolist() == [row == seed % 6 for row in range(6)]


@given(SEEDS, st.integers(0, 9))
def test_products_of_rows_are_those_of_float64(seed, rows):
    left, right = unit(seed, rows), unit(seed + 1, rows)
    wanted = (left.astype(np.float64) * right.astype(np.float64)).sum(axis=1)
    assert np.allclose(dot_rows(left, right), wanted, atol=1e-12)


@given(st.lists(st.integers(0, 4), max_size=30))
def test_runs_begin_where_a_value_changes(values):
    ordered = np.sort(np.array(values, np.int64))
    starts = run_starts(ordered).tolist()
    assert starts == [i for i in range(len(ordered)) if i == 0 or ordered[i] != ordered[i - 1]]
    places = run_places(ordered)
    assert [int(p) for p in places] == [
        i - max(s for s in starts if s <= i) for i in range(len(ordered))
    ]


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 1000))
def test_a_hash_of_an_id_depends_on_nothing_beside_it(number, seed):
    alone = xxhash64_rows(seed, np.array([number], np.int64))[0]
    among = xxhash64_rows(seed, np.array([5, number, -1], np.int64))[1]
    assert alone == among


@given(st.lists(st.text(max_size=20), max_size=8), st.integers(0, 3))
def test_a_hash_of_a_text_depends_on_no_slice(texts, start):
    whole = hash_strings(pa.array(texts, pa.string()))
    part = hash_strings(pa.array(texts, pa.string()).slice(start))
    assert whole[start:].tolist() == part.tolist()


@given(SEEDS)
def test_brightness_and_contrast_change_no_perceptual_hash(seed):
    grey = np.random.default_rng(seed).integers(0, 100, (1, 32, 32)).astype(np.float32)
    assert hamming_distance(phash(grey), phash(grey * 2))[0] <= 1
    assert hamming_distance(phash(grey), phash(grey))[0] == 0


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_hamming_distance_is_that_of_the_bits(left, right):
    found = hamming_distance(np.array([left]), np.array([right]))[0]
    assert found == ((left ^ right) & (2**64 - 1)).bit_count()


@given(SEEDS, st.integers(2, 30), st.integers(1, 5), st.integers(1, 6))
def test_the_best_of_all_groups_are_the_best_of_all_members(seed, rows, groups, top):
    members, queries = unit(seed, rows), unit(seed + 1, 3)
    cuts = np.sort(np.random.default_rng(seed).integers(0, rows + 1, groups - 1))
    starts = np.array([0, *cuts, rows], np.int64)
    asked = np.tile(np.arange(groups, dtype=np.int64), (3, 1))
    ids = np.arange(rows, dtype=np.int64)
    found = rank_in_groups(queries, asked, members, starts, ids, top)
    cosines = queries.astype(np.float64) @ members.astype(np.float64).T
    for row in range(3):
        wanted = sorted(range(rows), key=lambda m: (-cosines[row, m], m))[:top]
        assert found.members[row].tolist()[: len(wanted)] == wanted


@given(SEEDS, st.integers(4, 30), st.integers(1, 4))
def test_a_vector_is_put_to_its_nearest_centroid(seed, rows, k):
    vectors = unit(seed, rows)
    centroids = fit_centroids(vectors, np.arange(rows, dtype=np.int64), k, seed % 100, 3)
    labels = assign(vectors, centroids)
    cosines = vectors.astype(np.float64) @ centroids.astype(np.float64).T
    assert np.all(cosines[np.arange(rows), labels] >= cosines.max(axis=1) - 1e-6)
    assert np.allclose(np.linalg.norm(centroids, axis=1), 1, atol=1e-5)


@given(SEEDS, st.integers(4, 20))
def test_centroids_do_not_depend_on_the_order_of_rows(seed, rows):
    vectors, ids = unit(seed, rows), np.arange(rows, dtype=np.int64)
    order = np.random.default_rng(seed).permutation(rows)
    one = fit_centroids(vectors, ids, 3, 1, 3)
    assert np.array_equal(one, fit_centroids(vectors[order], ids[order], 3, 1, 3))


@given(st.lists(st.integers(1, 9), max_size=12), st.integers(0, 60))
def test_a_quota_gives_the_rows_that_are_wanted_or_all(sizes, target):
    distinct, counts = np.unique(np.array(sizes, np.int64), return_counts=True)
    quota = solve_cap(distinct, counts, target)
    assert quota.rows == min(target, sum(sizes))
    assert rows_at(distinct, counts, quota.cap) + quota.leftover == quota.rows


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20), st.integers(0, 25), st.integers(0, 5))
def test_a_smaller_tier_lies_inside_a_larger_one(clusters, target, less):
    of = np.array(clusters, np.int64)
    ids = np.arange(len(of), dtype=np.int64)
    ranks = xxhash64_rows(7, ids)
    sizes, counts = np.unique(np.unique(of, return_counts=True)[1], return_counts=True)
    larger, smaller = (
        choose(of, ids, ranks, solve_cap(sizes, counts, rows))
        for rows in (target, max(0, target - less))
    )
    assert not np.any(smaller & ~larger)
    assert larger.sum() == min(target, len(of))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20))
def test_ranks_of_a_cluster_count_from_one(clusters):
    of = np.array(clusters, np.int64)
    ids = np.arange(len(of), dtype=np.int64)
    places = rank_in_cluster(of, ids, xxhash64_rows(3, ids))
    for cluster in set(clusters):
        assert sorted(places[of == cluster].tolist()) == list(range(1, clusters.count(cluster) + 1))


@given(SEEDS, st.integers(1, 12), st.integers(2, 6))
def test_accuracy_grows_with_the_classes_that_count(seed, rows, classes):
    rng = np.random.default_rng(seed)
    ranked = ranked_classes(rng.normal(size=(rows, classes)).astype(np.float32), classes)
    labels = rng.integers(0, classes, rows)
    found = [top_accuracy(ranked, labels, k) for k in range(1, classes + 1)]
    assert found == sorted(found) and found[-1] == 1.0


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=20))
def test_auc_is_the_share_of_pairs_in_the_right_order(rows):
    scores = np.array([score for score, _is_one in rows], float)
    labels = np.array([is_one for _score, is_one in rows], np.int64)
    ones, zeros = scores[labels == 1], scores[labels == 0]
    assume(len(ones) and len(zeros))
    wins = (ones[:, None] > zeros).sum() + 0.5 * (ones[:, None] == zeros).sum()
    assert np.isclose(roc_auc(scores, labels), wins / (len(ones) * len(zeros)))
