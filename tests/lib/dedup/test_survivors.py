import numpy as np
import pytest

from realsyn_lib.dedup.survivors import Members, representatives, smallest_ids
from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ShapeError


def directions(*degrees):
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def chosen(components, ids, vectors, max_distance=None, merits=None, is_joined=True):
    """{id: representative} of members of components."""
    ids = np.array(ids)
    merits = np.empty((len(ids), 0), np.int64) if merits is None else np.array(merits)
    joined = np.full(len(ids), is_joined)
    members = Members(np.array(components), joined, ids, merits, vectors)
    found = representatives(members, max_distance)
    return dict(zip(ids.tolist(), found.tolist(), strict=True))


def test_the_member_in_the_middle_survives():
    assert chosen([1, 1, 1], [1, 2, 3], directions(0, 50, 20)) == {1: 3, 2: 3, 3: 3}


def test_of_a_pair_the_smaller_id_survives_even_where_norms_differ_by_a_rounding():
    vectors = directions(10, 80) * np.array([[0.9999], [1.0]], np.float32)
    assert chosen([4, 4], [4, 9], vectors) == {9: 4, 4: 4}


def test_each_component_has_its_own_centroid():
    components, members = [8, 2, 8, 2, 8, 2], [8, 2, 30, 31, 40, 41]
    found = chosen(components, members, directions(0, 90, 30, 100, 50, 130))
    assert found == {8: 30, 30: 30, 40: 30, 2: 31, 31: 31, 41: 31}


def test_members_that_cancel_out_leave_the_smallest_id():
    assert chosen([3, 3, 3, 3], [7, 3, 5, 9], directions(0, 180, 90, 270))[9] == 3


def test_the_least_merit_survives_first_column_first_and_of_equals_the_smaller_id():
    merits = [[2, 0], [1, 9], [1, 5], [1, 5]]
    found = chosen([1] * 4, [1, 2, 4, 3], directions(0, 0, 0, 0), merits=merits)
    assert set(found.values()) == {3}


def test_order_of_members_changes_nothing():
    generator = np.random.default_rng(8)
    components, members = generator.integers(0, 20, 200), generator.permutation(200)
    vectors = unit_rows(generator.normal(size=(200, 8)))
    moved = generator.permutation(200)
    for distance in (None, 0.4):
        here = chosen(components, members, vectors, distance)
        assert here == chosen(components[moved], members[moved], vectors[moved], distance)


def test_no_members_have_no_representative():
    none = np.array([], dtype=np.int64)
    assert chosen(none, none, directions()) == {}


def test_lengths_must_agree():
    with pytest.raises(ShapeError):
        chosen([1], [1, 2], directions(1, 2))


def test_a_member_far_from_the_representative_leaves_and_its_like_stay_together():
    vectors = directions(0, 1, 2, 60, 61, 120)
    found = chosen([1] * 6, [1, 2, 3, 4, 5, 6], vectors, max_distance=0.1)
    assert found == {1: 3, 2: 3, 3: 3, 4: 4, 5: 4, 6: 6}
    everything_stays = chosen([1] * 6, [1, 2, 3, 4, 5, 6], vectors, max_distance=1.0)
    assert len(set(everything_stays.values())) == 1


def test_a_pair_that_an_edge_joined_stays_and_one_that_nothing_joined_does_not():
    vectors = directions(0, 90)
    assert chosen([1, 1], [1, 2], vectors, 0.1) == {1: 1, 2: 1}
    assert chosen([1, 1], [1, 2], vectors, 0.1, is_joined=False) == {1: 1, 2: 2}


def drifting(count, step=0.1, width=64, seed=3):
    """Vectors of a random walk on the sphere: neighbours are near, far ones are not."""
    steps = np.random.default_rng(seed).normal(size=(count, width))
    rows = np.empty((count, width))
    rows[0] = unit_rows(steps[:1])[0]
    for number in range(1, count):
        moved = rows[number - 1] + step * steps[number] / np.sqrt(width)
        rows[number] = moved / np.linalg.norm(moved)
    return unit_rows(rows)


@pytest.mark.parametrize("max_distance", [0.05, 0.3])
def test_a_chain_becomes_parts_whose_members_are_near_their_representative(max_distance):
    count = 3000
    vectors, ids = drifting(count), np.random.default_rng(1).permutation(count)
    found = chosen(np.zeros(count, np.int64), ids, vectors, max_distance)
    of_id = vectors[np.argsort(ids)].astype(np.float64)
    own, kept = np.array(list(found)), np.array(list(found.values()))
    cosines = np.einsum("ij,ij->i", of_id[own], of_id[kept])
    assert cosines[own != kept].min() >= 1 - max_distance
    assert 10 < len(np.unique(kept)) < count / 8
    assert all(found[number] == number for number in set(found.values()))


@pytest.mark.parametrize("count", [30, 1500])
def test_strangers_are_each_their_own(count):
    strangers = unit_rows(np.random.default_rng(2).normal(size=(count, 512)))
    found = chosen(np.zeros(count, np.int64), np.arange(count), strangers, 0.3)
    assert found == {number: number for number in range(count)}


def test_leavers_settle_alike_in_rounds_and_by_leaders(monkeypatch):
    """Where merits order the members, both ways take the best of the rest again and again."""
    from realsyn_lib.dedup import survivors

    vectors, ids = drifting(300), np.random.default_rng(1).permutation(300)
    merits = np.random.default_rng(2).integers(0, 9, (300, 2))
    asked = (np.arange(300) // 100, ids, vectors, 0.1, merits)
    by_leaders = chosen(*asked)
    monkeypatch.setattr(survivors, "_FEW", 300)
    assert chosen(*asked) == by_leaders
    assert len(set(by_leaders.values())) > 9


def test_groups_of_equal_vectors_are_never_parted():
    centres = unit_rows(np.random.default_rng(4).normal(size=(40, 32)))
    vectors = np.repeat(centres, 25, axis=0)
    found = chosen(np.zeros(1000, np.int64), np.arange(1000), vectors, 0.1)
    assert found == {number: number // 25 * 25 for number in range(1000)}


def test_smallest_ids_are_those_of_members_that_share_a_representative():
    found = smallest_ids(np.array([5, -2, 9, 4]), np.array([9, 4, 9, 4]))
    assert found.tolist() == [5, -2, 5, -2]
    assert smallest_ids(np.array([], np.int64), np.array([], np.int64)).tolist() == []
