import numpy as np

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.retrieval.centroids import small_centroids, write_index
from realsyn_lib.retrieval.level_file import digest_of, level_bytes, levels_from
from realsyn_lib.retrieval.levels import LevelIndex


def test_levels_come_back_from_their_bytes_wherever_the_files_lie(tmp_path):
    rows = unit_rows(np.random.default_rng(1).normal(size=(7, 4)))
    cells = write_index(rows[2:], str(tmp_path / "image_cells-1.faiss"))
    levels = LevelIndex(small_centroids(rows[:2]), cells, (0, 3, 5))
    data = level_bytes(levels)
    (tmp_path / "moved").mkdir()
    (tmp_path / "image_cells-1.faiss").rename(tmp_path / "moved" / "image_cells-1.faiss")
    found = levels_from(data, lambda name: str(tmp_path / "moved" / name))
    opened = found.open_mapped()
    assert np.array_equal(opened.tops, rows[:2])
    assert np.array_equal(opened.cells, rows[2:])
    assert opened.starts.tolist() == [0, 3, 5]


def test_the_digest_is_13_hex_digits_of_what_the_levels_are(tmp_path):
    rows = unit_rows(np.random.default_rng(1).normal(size=(7, 4)))
    digests = set()
    for cells, starts in ((rows[2:], (0, 3, 5)), (rows[2:], (0, 2, 5)), (rows[1:6], (0, 3, 5))):
        index = write_index(cells, str(tmp_path / "cells.faiss"))
        digests.add(digest_of(level_bytes(LevelIndex(small_centroids(rows[:2]), index, starts))))
    assert len(digests) == 3
    assert {len(digest) for digest in digests} == {13}
