"""What OmniCorpus states of a picture is used before the picture is fetched."""

import pyarrow as pa
import pytest

from realsyn_lib.documents import ImageItem, without_opted_out
from realsyn_lib.opt_out import OptOut
from realsyn_lib.sources.omnicorpus import (
    OMNICORPUS_SCHEMA,
    OMNICORPUS_STATED,
    StatedRules,
    parse_omnicorpus,
)
from realsyn_lib.sources.options import with_optional

RULES = StatedRules(min_side_px=100, max_aspect_ratio=3.0)
ONE, TWO = "https://a.example/1.jpg", "https://a.example/2.jpg"


def images_of(metadata, rules=RULES, images=(ONE, None, TWO)):
    texts = [None, "Boats wait.\n\nThe tide is low.", None]
    page = {"url": "https://a.example/"}
    document = parse_omnicorpus("p", "0", list(images), texts, page, metadata, rules)
    return [item for item in document.items if isinstance(item, ImageItem)]


def size(width, height):
    return {"width": width, "height": height, "p_hash": None}


@pytest.mark.parametrize(("width", "height", "reason"), [
    (100, 300, None), (99, 100, "too_small"), (301, 100, "aspect_ratio"), (100, 301, "aspect_ratio"),
    (400, 99, "too_small"), (None, 5, None), (0, 0, None), (-5, 900, None), (50.0, 50.0, None),
    (True, True, None),
])  # fmt: skip
def test_a_stated_size_is_held_to_the_rules_of_measured_ones(width, height, reason):
    assert RULES.reason(width, height) == reason


def test_a_bound_that_is_null_is_not_asked():
    assert StatedRules().reason(1, 9) is None
    assert StatedRules(min_side_px=100).reason(100, 900) is None
    assert StatedRules(max_aspect_ratio=3.0).reason(1, 4) == "aspect_ratio"


@pytest.mark.parametrize(("metadata", "reasons"), [
    ([size(50, 50), None, size(200, 200)], ["too_small", None]),
    ([size(200, 200), size(50, 50)], [None, "too_small"]),  # an entry for each image
    ([size(50, 50)], [None, None]), (None, [None, None]), ([], [None, None]),
    ([None, size(50, 50), None], [None, None]),
])  # fmt: skip
def test_entries_belong_to_indices_or_to_images_by_their_number(metadata, reasons):
    assert [image.refusal for image in images_of(metadata)] == reasons


def test_a_refused_address_keeps_its_own_reason():
    refused, _ = images_of([size(5, 5)] * 3, images=("file:///x", None, TWO))
    assert (refused.url, "scheme" in refused.refusal) == (None, True)


@pytest.mark.parametrize(("p_hash", "number"), [
    ("0000000000000001", 1), ("ffffffffffffffff", -1), ("8000000000000000", -(2**63)),
    ("1", None), ("0x00000000000001", None), ("g" * 16, None), ("0" * 17, None), (None, None), (7, None),
])  # fmt: skip
def test_a_stated_hash_is_the_number_that_images_hold(p_hash, number):
    first, _ = images_of([{"width": 200, "height": 200, "p_hash": p_hash}, None, None])
    assert (first.phash, first.refusal) == (number, None)


def test_a_picture_whose_stated_hash_is_opted_out_is_marked_and_another_is_not():
    page = {"url": "https://a.example/"}
    metadata = [{"p_hash": "0" * 15 + "7"}, {"p_hash": "0" * 15 + "6"}, {"p_hash": None}]
    images = [ONE, TWO, "https://a.example/3.jpg"]
    document = parse_omnicorpus("p", "0", images, [None] * 3, page, metadata, RULES)
    marked = without_opted_out(document, OptOut(phashes=frozenset([7])))
    assert [item.refusal for item in marked.items] == ["opt_out", None, None]


def table(**fields):
    stated = pa.list_(pa.struct(list(fields.items())))
    return OMNICORPUS_SCHEMA.append(pa.field("metadata", stated))


def read_with(*files):
    found = with_optional(OMNICORPUS_SCHEMA, OMNICORPUS_STATED, files)
    assert found.names[:3] == OMNICORPUS_SCHEMA.names
    return [part.name for column in list(found)[3:] for part in column.type.value_type]


def test_of_optional_columns_those_fields_are_read_that_all_files_have_alike():
    whole = table(width=pa.int64(), height=pa.int64(), p_hash=pa.string(), bytes=pa.int64())
    assert read_with(whole, whole) == ["width", "height", "p_hash"]
    assert read_with(whole, OMNICORPUS_SCHEMA) == ["width", "height", "p_hash"]
    assert read_with(whole, table(width=pa.int64(), height=pa.float64())) == ["width"]
    assert read_with(whole, table(d_hash=pa.string())) == []
    assert read_with(OMNICORPUS_SCHEMA.append(pa.field("metadata", pa.string()))) == []
    assert read_with() == []
