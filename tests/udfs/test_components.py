"""Edges are reduced in each partition without losing what they connect."""

import numpy as np
import pyarrow as pa
import pytest

from udfs.components import label_components, reduce_edges


def edges(*pairs: tuple[int, int]) -> pa.RecordBatch:
    src, dst = zip(*pairs) if pairs else ((), ())
    return pa.record_batch({"src": pa.array(src, pa.int64()), "dst": pa.array(dst, pa.int64())})


def one(function, *batches: pa.RecordBatch) -> pa.Table:
    return pa.Table.from_batches(list(function(iter(batches))))


def labels(*batches: pa.RecordBatch) -> dict[int, int]:
    found = one(label_components, *batches)
    return dict(zip(found["id"].to_pylist(), found["component_id"].to_pylist()))


def test_ids_that_a_chain_joins_across_batches_are_one_component():
    assert labels(edges((5, 3), (9, 8)), edges((3, 1))) == {1: 1, 3: 1, 5: 1, 8: 8, 9: 8}


def test_negative_ids_are_ids():
    assert labels(edges((5, -(2**63)))) == {5: -(2**63), -(2**63): -(2**63)}


def test_no_edge_gives_no_row():
    assert labels() == labels(edges()) == {}


@pytest.mark.parametrize("seed", range(5))
def test_a_reduced_partition_has_fewer_edges_than_ids_and_the_same_components(seed):
    pairs = np.random.default_rng(seed).integers(-20, 20, (60, 2))
    batches = [edges(*map(tuple, part.tolist())) for part in np.array_split(pairs, 4)]
    reduced = one(reduce_edges, *batches)
    assert reduced.num_rows < len(np.unique(pairs))
    whole, after = labels(*batches), labels(*reduced.to_batches())
    joined = {number: label for number, label in whole.items() if number in after}
    assert after == joined
    alone = set(whole) - set(after)
    assert all(whole[number] == number for number in alone)
