"""Topic weights of texts laid out in the plane, so that texts of like topics lie together."""

import numpy as np
import numpy.typing as npt
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

Floats = npt.NDArray[np.float64]

_PERPLEXITY = 30.0
_DECIMALS = 4  # a fit's last digits may differ; t-SNE would make other pictures of them
_LEAST_ROWS = 4


def topic_map(weights: Floats, seed: int) -> Floats:
    """Return a place in the plane for each text, by t-SNE on the square roots of its weights.

    Between roots the Euclidean distance is Hellinger's, which is one between distributions.

    Args:
        weights: (n, topics) float64, each row adds up to 1.
        seed: of t-SNE; it starts from principal components.

    Returns:
        (n, 2) float64, in the middle around 0, at most 1 from it; all 0 below four rows. One thread
        works, so that the same rows give the same picture.
    """
    if len(weights) < _LEAST_ROWS:
        return np.zeros((len(weights), 2))
    roots = np.sqrt(np.round(weights, _DECIMALS))
    if not np.ptp(roots, axis=0).any():
        return np.zeros((len(weights), 2))
    perplexity = min(_PERPLEXITY, (len(weights) - 1) / 3)
    with threadpool_limits(limits=1):
        layout = TSNE(perplexity=perplexity, init="pca", random_state=seed, n_jobs=1)
        places = np.asarray(layout.fit_transform(roots), np.float64)
    places -= (places.max(axis=0) + places.min(axis=0)) / 2
    return places / max(float(np.abs(places).max()), np.finfo(np.float64).tiny)
