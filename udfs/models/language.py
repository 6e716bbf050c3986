"""Whether sentences are of one language, by py3langid (the extra `scorers`)."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from realsyn_lib.errors import SettingError


def language_scores(texts: Sequence[str], language: str) -> np.ndarray:
    """Return (n,) float32: how probable ``language`` is beside the likeliest one, 0..1.

    1 where it is the likeliest itself. Its bare probability says little: of four English words the
    library gives English a tenth, and any other language less.

    Raises:
        SettingError: a language that the library does not know.
    """
    identifier = _identifier()
    if language not in identifier.labels:
        raise SettingError(
            f"sentence_scorers.language is {language!r}, expected one of "
            f"{', '.join(sorted(identifier.labels))}"
        )
    ranked = (identifier.rank(text) for text in texts)
    found = (dict(ranks)[language] / ranks[0][1] for ranks in ranked)
    return np.fromiter(found, np.float32, len(texts))


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
