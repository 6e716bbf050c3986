"""Balance by entries of a list that texts hold, after MetaCLIP (arXiv 2309.16671, section 3.3).

MetaCLIP draws a pair once for each entry that its text holds, each time with probability
min(1, cap / pairs of that entry), and keeps it where one draw succeeds. Here each draw is a hash of
seed, pair and entry, so that the same rows are kept anywhere; and the least cap at which a pair
is kept follows from it, so that all caps, and exact sizes, cut one order.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from realsyn_lib.dedup.shingles import shingles_of
from realsyn_lib.dedup.words import words_of
from realsyn_lib.embeddings import Ids
from realsyn_lib.errors import SettingError
from realsyn_lib.hashing import Unsigned, mix, xxhash64_rows

MOST_WORDS = 16  # of an entry; texts are cut into all runs of up to so many


@dataclass(frozen=True)
class Entries:
    """What is looked for in texts, each a word or a run of words, as hashes.

    ``hashes``: (e,) uint64, rising. ``longest``: words of the longest.
    """

    hashes: Unsigned
    longest: int


def entries_of(lines: Sequence[str]) -> Entries:
    """Return the entries of a list, one a line, in the words that texts are cut into.

    Raises:
        SettingError: no line has a word, or one has more than ``MOST_WORDS``.
    """
    words = words_of(pa.array(lines, pa.string()))
    counts = np.diff(words.offsets)
    longest = int(counts.max(initial=0))
    if longest == 0:
        raise SettingError(f"none of {len(lines)} entries has a word, expected one entry a line")
    if longest > MOST_WORDS:
        line = int(counts.argmax())
        raise SettingError(
            f"entry {line + 1} has {longest} words, expected at most {MOST_WORDS}: {lines[line][:80]!r}"
        )
    runs = shingles_of(words, longest)
    whole = runs.offsets[1:][counts > 0] - 1  # the runs of a text end with its longest
    return Entries(np.unique(runs.hashes[whole]), longest)


def held_entries(texts: Sequence[pa.Array], entries: Entries) -> tuple[Ids, Ids]:
    """Return which of n pairs hold which entries, once each: rows and numbers of entries.

    Args:
        texts: columns of n ``string`` values, null where a pair has none.
        entries: what is looked for: whole words, whatever their case and what separates them.
    """
    keys = []
    for column in texts:
        runs = shingles_of(words_of(column.fill_null("")), entries.longest)
        row = np.repeat(np.arange(len(column)), np.diff(runs.offsets))
        place = np.minimum(np.searchsorted(entries.hashes, runs.hashes), len(entries.hashes) - 1)
        is_held = entries.hashes[place] == runs.hashes
        keys.append(row[is_held] * len(entries.hashes) + place[is_held])
    row, entry = np.divmod(np.unique(np.concatenate(keys)), len(entries.hashes))
    return row, entry


def least_caps(
    ids: Ids, held: tuple[Ids, Ids], entries: Entries, counts: Ids, seed: int
) -> npt.NDArray[np.float64]:
    """Return the cap above which each of n pairs is kept, (n,) float64; infinite without an entry.

    Args:
        ids: (n,) int64.
        held: from ``held_entries``.
        entries: of the same list.
        counts: (e,) int64, pairs that hold each.
        seed: another one draws others.
    """
    row, entry = held
    pair = xxhash64_rows(seed, ids).view(np.uint64)[row]
    chance = (mix(pair + entries.hashes[entry]) >> np.uint64(11)) * 2.0**-53
    caps = np.full(len(ids), np.inf)
    np.minimum.at(caps, row, chance * counts[entry])
    return caps
