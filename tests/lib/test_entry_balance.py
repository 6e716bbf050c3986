"""Balance by entries: MetaCLIP's draws, as hashes."""

import numpy as np
import pyarrow as pa
import pytest

from realsyn_lib.entry_balance import entries_of, held_entries, least_caps
from realsyn_lib.errors import SettingError

LIST = ["Dog", "brown dog", "rare bird", "the", "", "  !  ", "DOG"]


def held(*texts):
    """(pair, entry line) of one column of texts."""
    entries = entries_of(LIST)
    names = {}
    for line in LIST:
        rows, found = held_entries(
            [pa.array([line])], entries_of([line]) if line.strip(" !") else entries
        )
        if rows.size:
            key = entries_of([line]).hashes[0]
            names[int(np.searchsorted(entries.hashes, key))] = line.lower()
    rows, found = held_entries([pa.array(texts, pa.string())], entries)
    return [(int(row), names[int(entry)]) for row, entry in zip(rows, found, strict=True)]


def test_a_list_is_cut_into_the_words_of_texts_once_each():
    entries = entries_of(LIST)
    assert len(entries.hashes) == 4  # dog, brown dog, rare bird, the
    assert entries.longest == 2
    assert (np.diff(entries.hashes.astype(object)) > 0).all()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The brown   DOG!", {"the", "dog", "brown dog"}),
        ("Dogs and hotdogs.", set()),  # whole words only
        ("brown, dog", {"dog", "brown dog"}),
        ("A dog, brown.", {"dog"}),
        ("rare birds; rare bird", {"rare bird"}),
        (None, set()),
        ("", set()),
    ],
)
def test_a_text_holds_an_entry_where_its_words_stand_in_a_row(text, wanted):
    assert {name for _, name in held(text)} == wanted


def test_an_entry_counts_once_for_a_pair_whatever_text_holds_it():
    entries = entries_of(["dog", "cat"])
    columns = [pa.array(["dog dog", None, "cat"]), pa.array(["a dog", "dog", "no"])]
    rows, _ = held_entries(columns, entries)
    assert rows.tolist() == [0, 1, 2]


def test_a_run_of_words_does_not_go_on_from_one_text_to_the_next():
    rows, _ = held_entries([pa.array(["brown", "dog"])], entries_of(["brown dog"]))
    assert rows.size == 0


@pytest.mark.parametrize("lines", [[], ["", " . "]])
def test_a_list_without_words_is_refused(lines):
    with pytest.raises(SettingError, match="one entry a line"):
        entries_of(lines)


def drawn(cap, pairs=20_000, seed=1):
    """Pairs that hold one or two of 50 entries, the first one in half of all."""
    random = np.random.default_rng(3)
    entries = entries_of([f"w{n}" for n in range(50)])
    first = np.minimum(random.geometric(0.5, pairs) - 1, 49)
    second = np.where(random.random(pairs) < 0.3, random.integers(0, 50, pairs), first)
    keys = np.unique(np.r_[np.arange(pairs) * 50 + first, np.arange(pairs) * 50 + second])
    row, entry = np.divmod(keys, 50)
    counts = np.bincount(entry, minlength=50)
    caps = least_caps(np.arange(pairs) * 7, (row, entry), entries, counts, seed)
    chance = np.minimum(1.0, cap / np.maximum(1, counts))
    missed = np.ones(pairs)
    np.multiply.at(missed, row, 1 - chance[entry])
    return caps, counts, row, entry, missed


@pytest.mark.parametrize("cap", [5, 100, 2000])
def test_pairs_are_kept_as_often_as_the_draws_of_metaclip_keep_them(cap):
    caps, counts, row, entry, missed = drawn(cap)
    kept = caps < cap
    expected = (1 - missed).sum()
    assert abs(kept.sum() - expected) < 4 * np.sqrt((missed * (1 - missed)).sum()) + 1
    rare = np.flatnonzero((counts > 0) & (counts <= cap))
    assert kept[row[np.isin(entry, rare)]].all()  # the tail is whole
    largest = counts.argmax()
    in_largest = row[entry == largest]
    assert kept[in_largest].mean() < 0.5 if cap < counts[largest] / 4 else True


def test_a_smaller_cap_keeps_some_of_what_a_larger_one_keeps():
    caps = drawn(100)[0]
    assert set(np.flatnonzero(caps < 20)) < set(np.flatnonzero(caps < 100))


def test_a_pair_is_drawn_by_itself_and_by_the_seed():
    entries, ids = entries_of(["dog"]), np.array([5, 6, 7])
    counts, held_by_all = np.array([100]), (np.arange(3), np.zeros(3, int))
    whole = least_caps(ids, held_by_all, entries, counts, 1)
    alone = least_caps(ids[1:2], (np.array([0]), np.array([0])), entries, counts, 1)
    assert alone[0] == whole[1]
    assert (whole >= 0).all() and (whole < 100).all() and len(set(whole)) == 3
    assert not np.array_equal(whole, least_caps(ids, held_by_all, entries, counts, 2))
    assert (
        least_caps(ids, (np.array([], int), np.array([], int)), entries, counts, 1).tolist()
        == [np.inf] * 3
    )
