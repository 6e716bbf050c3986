"""The divisions of docs/cost.md come out."""

import re

import pytest

from tests.docs.pages import ROOT, text_of

PAGE = text_of(ROOT / "docs/cost.md")
SECONDS = {"ms": 1e-3, "us": 1e-6}
RATES = re.findall(r"^\| ([^|]+) \| ([\d.]+) (ms|us) \| ([\d.]+)M \|", PAGE, re.MULTILINE)
# RealSyn's rows, arXiv 2502.12513: pictures after size rules, sentences, pictures after dedup.
HOURS = {
    "embed_images": (285e6, 1000), "filter_sentences": (1.8e9, 1000), "embed_sentences": (1.16e9, 1000),
    "describe_images": (198e6, 1000), "balance_pairs": (198e6, 1000), "generate_texts": (198e6, 50),
}  # fmt: skip


@pytest.mark.parametrize(("work", "time", "unit", "millions"), RATES)
def test_rows_in_a_core_hour_are_an_hour_over_the_time_of_a_row(work, time, unit, millions):
    rows = 3600 / (float(time) * SECONDS[unit])
    assert rows / 1e6 == pytest.approx(float(millions), rel=0.06), work


def test_all_rates_were_read():
    assert len(RATES) == 8


@pytest.mark.parametrize("stage", HOURS)
def test_gpu_hours_are_rows_over_the_rate(stage):
    rows, rate = HOURS[stage]
    told = re.search(rf"^\| {stage}[^\n]*?([\d,]+) h \|$", PAGE, re.MULTILINE)
    assert float(told.group(1).replace(",", "")) == pytest.approx(rows / rate / 3600, rel=0.02)


def test_no_price_is_named():
    assert not re.search(r"[$€£]\s?\d|\d\s?(?:USD|EUR|dollars?|cents?)\b", PAGE)
