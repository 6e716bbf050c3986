import numpy as np

from realsyn_lib.dedup.candidates import candidates

FINE = 24


def keys(*bands):
    return np.array(bands, np.uint64) << np.uint64(FINE)


def found(keys, bits, ids, max_apart):
    pairs = candidates(keys, np.array(bits, np.uint64), np.array(ids), max_apart)
    return sorted(zip(*(side.tolist() for side in pairs), strict=True))


def test_rows_of_one_band_key_pair_where_their_bits_hardly_differ():
    assert found(keys(7, 8, 7, 7), [0b1, 0b1, 0b11, 0b11110], [10, 11, -4, 12], 1) == [(-4, 10)]
    assert found(keys(7, 8, 7, 7), [0b1, 0b1, 0b11, 0b11110], [10, 11, -4, 12], 4) == [
        (-4, 10), (-4, 12),
    ]  # fmt: skip


def test_the_fine_bits_of_a_key_order_rows_and_part_none():
    close = keys(7, 7) | np.array([1, 2**FINE - 1], np.uint64)
    assert found(close, [0, 0], [1, 2], 0) == [(1, 2)]


def test_rows_of_equal_key_and_bits_pair_with_the_smallest_id_only():
    assert found(keys(5, 5, 5, 5), [3, 3, 3, 3], [9, 2, 7, 4], 0) == [(2, 4), (2, 7), (2, 9)]


def test_the_pairs_do_not_depend_on_the_order_of_rows():
    draw = np.random.default_rng(4)
    band, bits = keys(*draw.integers(0, 40, 500)), draw.integers(0, 16, 500)
    ids = draw.permutation(10_000)[:500]
    order = draw.permutation(500)
    assert found(band, bits, ids, 1) == found(band[order], bits[order], ids[order], 1)


def test_a_row_of_a_crowd_is_compared_with_few():
    count = 20_000
    bits = np.arange(count, dtype=np.uint64)
    src, dst = candidates(np.zeros(count, np.uint64), bits, np.arange(count), 64)
    assert len(src) < 8 * count
    linked = np.zeros(count, bool)
    linked[src], linked[dst] = True, True
    assert linked.all()


def test_no_rows_make_no_pair():
    assert found(keys(), [], np.empty(0, np.int64), 3) == []
