import gc
from dataclasses import replace

import faiss
import numpy as np
import pytest

from realsyn_lib.embeddings import unit_rows
from realsyn_lib.errors import ContractError, InputError
from realsyn_lib.retrieval.centroids import write_index
from tests.brute_force import ranked


def unit(count, width=8, seed=0):
    return unit_rows(np.random.default_rng(seed).normal(size=(count, width)))


def test_the_file_is_an_index_that_faiss_searches(tmp_path):
    centroids, vectors = unit(50), unit(300, seed=1)
    write_index(centroids, str(tmp_path / "index"))
    found = faiss.read_index(str(tmp_path / "index")).search(vectors, 3)[1]
    assert found.tolist() == ranked(vectors, centroids, 3).tolist()


def test_a_mapped_index_gives_back_the_centroids(tmp_path):
    centroids = unit(20)
    index = write_index(centroids, str(tmp_path / "index"))
    assert (index.k, index.width) == (20, 8)
    assert (index.open_mapped() == centroids).all()


def test_a_slice_outlives_the_map_it_came_from(tmp_path):
    centroids = unit(20)
    part = write_index(centroids, str(tmp_path / "index")).open_mapped()[5:7]
    gc.collect()
    assert (part == centroids[5:7]).all()


def test_mapped_centroids_cannot_be_written(tmp_path):
    mapped = write_index(unit(3), str(tmp_path / "index")).open_mapped()
    with pytest.raises(ValueError, match="read-only"):
        mapped[0, 0] = 1.0


def test_equal_centroids_have_equal_digests_wherever_they_are(tmp_path):
    one, other = (write_index(unit(5), str(tmp_path / name)) for name in ("one", "other"))
    assert one.digest == other.digest


def test_a_changed_file_is_refused(tmp_path):
    index = write_index(unit(5), str(tmp_path / "index"))
    content = bytearray((tmp_path / "index").read_bytes())
    content[-1] ^= 1
    (tmp_path / "index").write_bytes(content)
    with pytest.raises(ContractError, match="SHA-256"):
        index.open_mapped()


def test_another_shape_is_refused(tmp_path):
    index = write_index(unit(5), str(tmp_path / "index"))
    with pytest.raises(ContractError, match=r"shape \(5, 8\), expected \(6, 8\)"):
        replace(index, k=6).open_mapped()


def test_a_missing_file_is_named(tmp_path):
    index = write_index(unit(5), str(tmp_path / "index"))
    with pytest.raises(InputError, match="gone: not found"):
        replace(index, path=str(tmp_path / "gone")).open_mapped()
