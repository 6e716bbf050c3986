"""Plural nouns of English into their singular, by endings; a word that is none stays as it is."""

_IRREGULAR = {
    "men": "man", "women": "woman", "children": "child", "people": "person", "feet": "foot",
    "teeth": "tooth", "geese": "goose", "mice": "mouse", "oxen": "ox", "leaves": "leaf",
    "loaves": "loaf", "knives": "knife", "wives": "wife", "lives": "life", "wolves": "wolf",
    "shelves": "shelf", "scarves": "scarf", "calves": "calf", "halves": "half", "thieves": "thief",
    "hooves": "hoof", "cacti": "cactus", "fungi": "fungus", "movies": "movie", "cookies": "cookie",
    "ties": "tie", "pies": "pie", "shoes": "shoe", "toes": "toe", "canoes": "canoe",
    "moustaches": "moustache",
}  # fmt: skip
_SAME = frozenset((
    "series", "species", "scissors", "trousers", "jeans", "pants", "shorts", "glasses",
    "binoculars", "headphones", "clothes", "news", "gas", "lens", "bus", "canvas", "atlas", "stairs",
    "specimen", "abdomen", "omen", "regimen", "acumen",
))  # fmt: skip
_KEPT_ENDINGS = ("ss", "us", "is", "as")
_LONG_ENDINGS = ("ses", "xes", "zes", "ches", "shes", "oes")
_SILENT_E = ("uses", "ases", "oses", "ises", "ices", "azes", "izes", "axes")  # house, vase


def singular(word: str) -> str:
    """Return the singular of a lower-case noun; compounds written with spaces by their last word.

    Endings alone decide, so that rare words may come out wrong, always in the same way.
    """
    before, space, last = word.rpartition(" ")
    return before + space + _singular(last)


def _singular(word: str) -> str:
    if word in _IRREGULAR or word in _SAME:
        return _IRREGULAR.get(word, word)
    for plural in ("men", "children"):  # firemen, schoolchildren
        if word.endswith(plural):
            return word.removesuffix(plural) + _IRREGULAR[plural]
    if not word.endswith("s") or len(word) < 4 or word.endswith(_KEPT_ENDINGS):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(_LONG_ENDINGS) and not word.endswith(_SILENT_E):
        return word[:-2]
    return word[:-1]
