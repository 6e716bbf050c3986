import numpy as np

from udfs.linear_probe import ProbeSettings, fit_probe

SETTINGS = ProbeSettings(epochs=5, learning_rate=0.1, batch_size=4, seed=3)
EAST, NORTH = [1.0, 0.0], [0.0, 1.0]


def test_two_directions_are_told_apart_from_a_mapped_file(tmp_path):
    rows = np.array([EAST, NORTH] * 6, dtype=np.float16)
    labels = np.array([0, 1] * 6)
    rows.tofile(tmp_path / "vectors")
    mapped = np.memmap(tmp_path / "vectors", dtype=np.float16, mode="r", shape=rows.shape)
    probe = fit_probe(mapped, labels, 2, SETTINGS, "cpu")
    scores = probe.scores(np.array([EAST, NORTH], dtype=np.float32))
    assert scores.dtype == np.float32 and scores.argmax(axis=1).tolist() == [0, 1]
    again = fit_probe(rows, labels, 2, SETTINGS, "cpu")
    np.testing.assert_array_equal(again.weights, probe.weights)
    other = fit_probe(rows, labels, 2, ProbeSettings(5, 0.1, 4, seed=4), "cpu")
    assert not np.array_equal(other.weights, probe.weights)
