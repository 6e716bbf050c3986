"""Opt-outs in headers, what first bytes prove, and when a host is given up."""

from dataclasses import replace

import pytest
from PIL import Image

from realsyn_lib.fetch.first_bytes import FIRST_BYTES, unwanted_reason
from realsyn_lib.fetch.hosts import HostHealth, lanes_of, share_of
from realsyn_lib.fetch.opt_out_headers import refusing_directive, reserves_rights
from realsyn_lib.fetch.rules import FetchRules
from tests.encoded_picture import encoded

REFUSED = frozenset({"noai", "noimageai", "noindex", "noimageindex"})
RULES = FetchRules(
    deadline_s=1, max_body_bytes=1, max_redirects=1, retries=0, backoff_s=0,
    user_agent="RealSyn/0.1 (+x)", allow_hosts=(), max_batch_bytes=1, min_side_px=100,
    max_aspect_ratio=3.0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ([], None),
        (["noai"], "noai"),
        (["NoAI"], "noai"),
        (["nofollow", " noimageai "], "noimageai"),
        (["all, noindex"], "noindex"),
        (["none"], "none"),
        (["nofollow, noarchive"], None),
        (["otherbot: noai"], None),
        (["otherbot: noai, noindex"], None),
        (["realsyn: noai"], "noai"),
        (["*: noai"], "noai"),
        (["otherbot: noai", "noindex"], "noindex"),
        (["otherbot: nofollow, realsyn: noai"], "noai"),
        (["unavailable_after: 25 Jun 2010 15:00:00 PST, noai"], "noai"),
        (["max-image-preview: none"], None),
        (["noaicache"], None),
    ],
)
def test_a_directive_refuses_us_where_it_is_for_us(values, word):
    assert refusing_directive(values, RULES.agent_token, REFUSED) == word


def test_only_a_one_reserves_rights():
    assert reserves_rights(["1"]) and reserves_rights(["0", " 1 "])
    assert not any(map(reserves_rights, ([], ["0"], ["true"], ["11"])))


def picture(form: str, width: int, height: int) -> bytes:
    return (encoded(Image.new("RGB", (width, height)), form) + bytes(FIRST_BYTES))[:FIRST_BYTES]


@pytest.mark.parametrize("form", ["jpeg", "png", "gif", "webp"])
@pytest.mark.parametrize(
    ("size", "reason"),
    [((100, 300), None), ((99, 100), "too_small"), ((100, 99), "too_small"), ((301, 100), "aspect_ratio")],
)  # fmt: skip
def test_the_first_bytes_of_a_picture_tell_its_size(form, size, reason):
    found = unwanted_reason(picture(form, *size), RULES)
    assert found == (reason and (reason, f"{size[0]} x {size[1]} px in the header"))
    free = replace(RULES, min_side_px=None, max_aspect_ratio=None)
    assert unwanted_reason(picture(form, *size), free) is None


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"<!DOCTYPE html><html>", "not_an_image"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "format_refused"),
        (b"II*\0", "format_refused"),
    ],
)
def test_what_is_no_picture_we_decode_is_read_no_further(head, reason):
    found = unwanted_reason(head.ljust(FIRST_BYTES, b" "), RULES)
    assert found is not None and found[0] == reason


def test_a_size_that_stands_further_on_is_waited_for():
    assert unwanted_reason(b"\xff\xd8\xff\xe1".ljust(FIRST_BYTES, b"x"), RULES) is None


def noted(*ends: tuple[str | None, bool, float, float]) -> HostHealth:
    health = HostHealth(max_failures=3)
    for end in ends:
        health.note(*end)
    return health


def test_a_host_is_given_up_after_so_many_failures_in_a_row():
    failures = [
        ("connection", False, 1.0, 2.0),
        ("deadline", False, 1.0, 6.0),
        ("dns", False, 6, 7),
    ]
    assert not noted(*failures[:2]).is_down
    assert noted(*failures).is_down
    assert not noted(*failures[:2], (None, True, 7.0, 8.0), *failures[:2]).is_down


def test_while_a_host_fails_no_more_is_begun_than_gives_it_up():
    sound, failing = noted(), noted(("connection", False, 1.0, 2.0))
    assert [sound.may_begin(active, 6) for active in (0, 5, 6)] == [True, True, False]
    assert [failing.may_begin(active, 6) for active in (0, 1, 2)] == [True, True, False]
    assert not failing.may_begin(1, 1)


def test_fetches_that_hang_while_others_come_well_do_not_end_a_host():
    hanging = [("deadline", False, float(start), start + 30.0) for start in range(6)]
    assert not noted((None, True, 5.0, 6.0), *hanging).is_down


def test_a_host_that_says_nothing_but_to_come_later_is_given_up():
    def refused(*moments: float | None) -> bool:
        health = HostHealth(max_failures=3, max_refused_s=10.0)
        for at in moments:
            if at is None:
                health.note(None, True, 0.0, 0.0)
            else:
                health.note("http_error", True, at, at, is_refused=True)
        return health.is_down

    assert not refused(1.0, 1.0, 1.0, 10.9)
    assert refused(1.0, 11.0)
    assert not refused(1.0, None, 11.0, 20.9)


def test_refusals_are_answers_and_a_page_that_was_never_asked_tells_nothing():
    health = noted(
        ("connection", False, 1, 2), ("connection", False, 2, 3), ("not_found", True, 3, 4)
    )
    assert (health.failures, health.is_down) == (0, False)
    health = noted(("connection", False, 1, 2), ("robots", False, 3, 4))
    assert health.failures == 1


@pytest.mark.parametrize(
    ("rows", "lanes"), [(1, 1), (12, 1), (13, 2), (100, 8), (300, 10), (800, 10)]
)
def test_a_host_of_many_rows_is_dealt_over_tasks_in_eighths_of_their_share(rows, lanes):
    assert lanes_of(rows, all_rows=1000, tasks=10, per_host=64) == lanes
    assert lanes_of(rows, all_rows=1000, tasks=10, per_host=6) == min(lanes, 6)


@pytest.mark.parametrize(("per_host", "lanes"), [(6, 1), (6, 4), (6, 6), (1, 1)])
def test_the_lanes_of_a_host_keep_to_its_limits_together(per_host, lanes):
    at_once, delay_s = share_of(per_host, 0.5, lanes)
    assert at_once >= 1 and at_once * lanes <= per_host
    assert lanes / delay_s == pytest.approx(1 / 0.5)
