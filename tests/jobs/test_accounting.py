"""Rows in are rows out, every reason is known, and the gates stop what is empty or broken."""

import pytest

from jobs.accounting import check_gate, funnel_rows
from jobs.ledger import FunnelRow
from realsyn_lib.errors import GateError, RealSynError


def test_outcomes_become_rows_of_in_kept_dropped_and_quarantined():
    assert funnel_rows("s", "image", 6, {None: 3, "truncated": 2, "too_small": 1}) == [
        FunnelRow("image", "in", None, 6),
        FunnelRow("image", "kept", None, 3),
        FunnelRow("image", "dropped", "too_small", 1),
        FunnelRow("image", "quarantined", "truncated", 2),
    ]


@pytest.mark.parametrize("rows_in", [2, 4])
def test_a_row_too_many_or_too_few_is_an_error(rows_in):
    with pytest.raises(RealSynError, match=f"s, image: {rows_in} rows in, but 3 rows out"):
        funnel_rows("s", "image", rows_in, {None: 2, "too_small": 1})


def test_a_reason_of_no_closed_list_is_an_error():
    with pytest.raises(RealSynError, match="unknown reason ugly"):
        funnel_rows("s", "image", 1, {"ugly": 1})


def test_half_in_quarantine_passes_a_gate_of_one_half_and_more_does_not():
    half = funnel_rows("s", "image", 4, {None: 2, "truncated": 2})
    check_gate("s", half, max_quarantine_share=0.5)
    more = funnel_rows("s", "image", 4, {None: 1, "truncated": 2, "not_an_image": 1})
    with pytest.raises(
        GateError,
        match=r"75% of 4 images went to quarantine \(2 truncated, 1 not_an_image\), like a.jpg;",
    ):
        check_gate("s", more, 0.5, {"truncated": ", like a.jpg"}.__getitem__)


def test_dropped_rows_do_not_count_as_broken_but_nothing_kept_is_an_empty_result():
    check_gate("s", funnel_rows("s", "image", 4, {None: 1, "too_small": 3}), 0.0)
    with pytest.raises(GateError, match=r"s: no image was kept of 4 \(3 too_small, 1 truncated\)"):
        check_gate("s", funnel_rows("s", "image", 4, {"too_small": 3, "truncated": 1}), 1.0)
    with pytest.raises(GateError, match="no image was kept of 0"):
        check_gate("s", funnel_rows("s", "image", 0, {}), 1.0)
