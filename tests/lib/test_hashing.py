import numpy as np
import pyarrow as pa

from realsyn_lib.hashing import hash_strings, xxhash64_rows


def test_row_hash_is_that_of_spark():
    # Spark 4.2: SELECT xxhash64(7L, id) for these ids.
    ids = np.array([0, 1, -1, 2**63 - 1, -(2**63)], dtype=np.int64)
    assert xxhash64_rows(7, ids).tolist() == [
        -4457042067931036189,
        3110148328363424865,
        931983307523278007,
        -4966806732458144142,
        6431210648012042434,
    ]


def test_a_string_hash_depends_on_the_string_alone():
    texts = pa.array(["a dog", "", "dog", "god", "ü"])
    together, moved = hash_strings(texts), hash_strings(texts.take([4, 2, 0, 1, 3]).slice(1))
    assert moved.tolist() == together[[2, 0, 1, 3]].tolist()


def test_many_short_words_do_not_collide():
    words = pa.array([f"{letter}{number}" for letter in "abcdefgh" for number in range(20_000)])
    assert len(np.unique(hash_strings(words))) == 160_000


def test_zero_letters_and_lengths_count():
    texts = pa.array(["\0", "\0\0", "", "a", "a\0", "\0a"])
    assert len(set(hash_strings(texts).tolist())) == 6
