"""The axes of the assessment's histograms: what a measure's values are, and from where to where."""

from dataclasses import dataclass

from realsyn_lib.assess.histograms import Bins


@dataclass(frozen=True)
class Axis:
    """One axis; measures are ``prefix`` and the kind of text, such as ``tokens_text1``."""

    prefix: str
    title: str
    unit: str
    low: float
    high: float

    def bins(self, count: int) -> Bins:
        """Return the axis cut into ``count`` bins."""
        return Bins(self.low, self.high, count)


TOKENS = Axis("tokens_", "Length of a text, cut at CLIP's 77", "CLIP tokens", 0.0, 80.0)
COSINES = Axis("cosine_", "Image and text", "cosine", -0.2, 1.0)
DENSITIES = Axis("density_", "Nouns, verbs, adjectives among the words", "share", 0.0, 1.0)
PERPLEXITIES = Axis("perplexity_", "Perplexity of a text", "perplexity", 0.0, 400.0)
AXES = (TOKENS, COSINES, DENSITIES, PERPLEXITIES)
