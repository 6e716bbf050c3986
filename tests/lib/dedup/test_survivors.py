import numpy as np
import pytest

from realsyn_lib.dedup.survivors import representatives
from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ShapeError


def directions(*degrees):
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_the_member_in_the_middle_survives():
    found = representatives(np.array([1, 1, 1]), np.array([1, 2, 3]), directions(0, 50, 20))
    assert [ids.tolist() for ids in found] == [[1], [3]]


def test_of_a_pair_the_smaller_id_survives():
    found = representatives(np.array([4, 4]), np.array([9, 4]), directions(10, 80))
    assert [ids.tolist() for ids in found] == [[4], [4]]


def test_each_component_has_its_own_centroid():
    components, members = np.array([8, 2, 8, 2, 8, 2]), np.array([8, 2, 30, 31, 40, 41])
    found = representatives(components, members, directions(0, 90, 30, 100, 50, 130))
    assert [ids.tolist() for ids in found] == [[2, 8], [31, 30]]


def test_members_that_cancel_out_leave_the_smallest_id():
    found = representatives(np.array([3, 3]), np.array([7, 3]), directions(0, 180))
    assert found[1].tolist() == [3]


def test_order_of_members_changes_nothing():
    generator = np.random.default_rng(8)
    components, members = generator.integers(0, 20, 200), generator.permutation(200)
    vectors = unit_rows(generator.normal(size=(200, 8)))
    moved = generator.permutation(200)
    here = representatives(components, members, vectors)
    there = representatives(components[moved], members[moved], vectors[moved])
    assert [ids.tolist() for ids in here] == [ids.tolist() for ids in there]


def test_no_members_have_no_representative():
    none = np.array([], dtype=np.int64)
    assert representatives(none, none, directions())[1].size == 0


def test_lengths_must_agree():
    with pytest.raises(ShapeError):
        representatives(np.array([1]), np.array([1, 2]), directions(1, 2))
