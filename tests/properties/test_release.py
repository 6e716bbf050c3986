"""What is written for others: tar members, captions, sizes, lists of digests, bins and steps."""

import io
import tarfile

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from realsyn_lib.assess.histograms import Bins, histogram
from realsyn_lib.assess.size_steps import size_steps
from realsyn_lib.release.captions import caption_of
from realsyn_lib.release.checksums import damage_of_marker, marker_bytes, sums_of, sums_text
from realsyn_lib.release.resize import is_resized, resized
from realsyn_lib.release.shards import sample_key, shard_count, shard_name
from realsyn_lib.release.tar import end_padding, member

NAME = st.text("abcdefghij0123456789._-", min_size=1, max_size=40)
TEXTS = st.lists(st.none() | st.text("abc", min_size=1, max_size=5), min_size=4, max_size=4)
DIGEST = st.text("0123456789abcdef", min_size=64, max_size=64)
MODES = st.sampled_from(["no", "border", "keep_ratio", "center_crop", "keep_ratio_largest"])


@given(st.lists(st.tuples(NAME, st.binary(max_size=1200)), max_size=5, unique_by=lambda m: m[0]))
def test_members_are_read_back_by_tarfile_and_say_nothing_of_time_and_owner(members):
    data = b"".join(bytes(p) for name, body in members for p in member(name.encode(), body))
    data += end_padding(len(data))
    assert len(data) % 10240 == 0
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        found = [(i.name, archive.extractfile(i).read(), i.mtime, i.uid, i.uname) for i in archive]
    assert found == [(name, body, 0, 0, "") for name, body in members]


@given(
    TEXTS,
    st.sampled_from(["text1", "text2", "text3", "syn_text", "any"]),
    st.integers(-(2**63), 2**63 - 1),
)
def test_a_caption_is_one_of_the_texts_there_are(texts, choice, rank):
    found = caption_of(texts, choice, rank)
    there = [text for text in texts if text is not None]
    assert found in there if there else found == ""
    assert found == caption_of(texts, choice, rank)


@given(TEXTS)
def test_all_texts_of_an_image_may_be_its_caption(texts):
    there = {text for text in texts if text is not None}
    assert {caption_of(texts, "any", rank) for rank in range(12)} == (there or {""})


@given(st.integers(0, 90_000), st.integers(1, 10_000))
def test_shards_hold_all_rows_and_the_last_alone_is_short(rows, shard_rows):
    count = shard_count(rows, shard_rows)
    assert (count - 1) * shard_rows <= max(0, rows - 1) < count * shard_rows or (
        rows == 0 and count == 1
    )


@given(st.lists(st.tuples(st.integers(0, 99_999), st.integers(0, 9_999)), unique=True, max_size=20))
def test_keys_sort_as_shard_and_place(places):
    keys = [sample_key(shard, index, 4) for shard, index in sorted(places)]
    assert keys == sorted(set(keys))
    assert all(
        key.startswith(shard_name(shard))
        for key, (shard, _i) in zip(keys, sorted(places), strict=True)
    )


@given(st.integers(1, 300), st.integers(1, 300), MODES, st.integers(1, 100), st.booleans())
def test_a_resized_picture_has_the_side_that_was_asked_for(
    width, height, mode, size, only_if_bigger
):
    image = Image.new("RGB", (width, height))
    found = resized(image, mode, size, only_if_bigger)
    if not is_resized((width, height), mode, size, only_if_bigger):
        assert found is image
    elif mode in ("border", "center_crop"):
        assert found.size == (size, size)
    else:
        side = min(found.size) if mode == "keep_ratio" else max(found.size)
        assert side == size


@given(st.dictionaries(NAME, DIGEST, max_size=6))
def test_a_list_of_digests_is_read_back(digests):
    assert sums_of(sums_text(digests)) == digests


@given(st.dictionaries(NAME, DIGEST, min_size=1, max_size=4), st.data())
def test_a_changed_letter_of_a_marker_or_its_list_is_seen(digests, data):
    sums = sums_text(digests)
    marker = marker_bytes({"rows": 3}, sums)
    assert damage_of_marker(marker, sums.encode()) is None
    whole = bytearray(marker + sums.encode())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    assert damage_of_marker(bytes(whole[: len(marker)]), bytes(whole[len(marker) :])) is not None


@given(st.lists(st.floats(-5, 5) | st.just(float("nan")), max_size=40), st.integers(1, 12))
def test_every_value_but_nan_is_in_one_bin(values, count):
    found = histogram(np.array(values, float), Bins(-1.0, 1.0, count))
    assert len(found) == count
    assert sum(rows for _edge, rows in found) == sum(value == value for value in values)


@given(st.integers(1, 2**31))
def test_steps_rise_from_one_to_at_most_the_largest(most):
    steps = size_steps(most)
    assert steps[0] == 1 and steps == sorted(set(steps)) and steps[-1] <= most
    assert steps[-1] > most / 1.2 - 1
