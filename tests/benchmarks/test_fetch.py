"""The benchmark of fetching makes the addresses it says, and judges each by what it is."""

from collections import Counter

import pytest
from fetch import asked, made_case, only_good, tail

from tests.loopback_site import LoopbackSite


def test_the_shares_are_those_of_the_description_and_the_order_is_seeded(tmp_path):
    case = made_case(tmp_path / "a", 80, 1000)
    assert Counter(case.kinds) == {
        "good": 850, "gone": 50, "silent": 30, "short": 20, "optout": 20, "private": 20,
        "placeholder": 10,
    }  # fmt: skip
    assert case.urls == made_case(tmp_path / "b", 80, 1000).urls
    assert len(set(case.urls)) == 1000
    assert len(only_good(case, tmp_path / "c").urls) == 850
    text = "".join(page.read_text() for page in (tmp_path / "a" / "pages").iterdir())
    assert all(f'src="{url}"' in text for url in case.urls)


def test_quality_is_the_share_of_right_verdicts(tmp_path):
    case = made_case(tmp_path, 80, 100)
    right = {"good": None, "gone": "not_found", "silent": "host_unavailable", "short": "incomplete",
             "optout": "opt_out", "private": "robots", "placeholder": "placeholder"}  # fmt: skip
    reasons = {url: right[kind] for url, kind in zip(case.urls, case.kinds)}
    assert case.quality(reasons) == 1.0
    assert case.quality({**reasons, case.urls[0]: "tls"}) == 0.99
    del reasons[case.urls[1]]
    assert case.quality(reasons) == 0.99


def test_the_tail_is_a_part_of_the_whole_and_the_server_tells_who_was_asked(tmp_path, monkeypatch):
    monkeypatch.setattr("fetch._TIMEOUT_S", 1)
    with LoopbackSite(hosts=40, silent=4) as site:
        case = made_case(tmp_path, site.port, 100)
        found = tail(case)
        counts = asked(site.port)
    assert 0 < found["last_hundredth_s"] <= found["wall_s"]
    assert found["share"] == pytest.approx(found["last_hundredth_s"] / found["wall_s"])
    private = [url for url, kind in zip(case.urls, case.kinds) if kind == "private"]
    good = [url for url, kind in zip(case.urls, case.kinds) if kind == "good"]
    assert not any(counts[f"{url}?tail"] for url in private)
    assert all(counts[f"{url}?tail"] == 1 for url in good)
