"""The parts of benchmarks/added_retrieval.py: each row comes once, with its own vector."""

import argparse

import added_retrieval
import numpy as np
import pyarrow.parquet as pq
import retrieval

from realsyn_lib.embeddings import vectors_of


def test_first_and_added_parts_hold_every_row_once(tmp_path):
    asked = argparse.Namespace(
        base=None, queries=None, n=3000, asked=500, width=16, clusters=8, k=3
    )
    place = retrieval.prepared(asked, tmp_path)
    added_retrieval.write_parts(place, tmp_path / "parts", 400, 3000, 0.1)
    rows = np.load(place / "rows.npy")
    found = {}
    for part in ("first", "added"):
        table = pq.read_table(tmp_path / "parts" / part / "sentence_clusters.parquet")
        found[part] = table["sentence_id"].to_numpy()
        np.testing.assert_allclose(vectors_of(table["embedding"]), rows[found[part]], atol=1e-3)
    assert 0 < len(found["added"]) < len(found["first"])
    assert sorted([*found["first"], *found["added"]]) == list(range(3000))
    images = [
        pq.read_table(tmp_path / "parts" / part / "images.parquet")["image_id"].to_pylist()
        for part in ("first", "added")
    ]
    assert sorted([*images[0], *images[1]]) == list(range(400))
