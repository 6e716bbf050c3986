"""Text from outside as it may be shown: what cannot be seen, or turns its line round, is named."""

from collections.abc import Iterable
from itertools import chain

# Controls but tab and line feed; marks that reorder text beyond themselves; what has no width and is
# no letter's part (joiners are: Persian, Hindi and emoji need them); tag characters, which hide words.
_UNSEEN: Iterable[int] = chain(
    range(0x09), range(0x0B, 0x20), range(0x7F, 0xA0), (0x061C, 0x180E, 0x200B), range(0x2028, 0x202F),
    range(0x2060, 0x2070), (0xFEFF,), range(0xFFF9, 0xFFFC), range(0xE0000, 0xE0080),
)  # fmt: skip
_NAMED = {code: f"[U+{code:04X}]" for code in _UNSEEN}
_NAMED |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")  # half a character: UTF-8 has none


def visible(text: str) -> str:
    """Return a text in which every character shows and none acts on its neighbours.

    Controls, direction overrides, embeddings and isolates, invisible characters: ``[U+202E]``. Lone
    surrogates: U+FFFD. It is not escaped for HTML.

    Source: Unicode Technical Report 36, bidirectional text spoofing.
    """
    return text.translate(_NAMED)
