"""Documents that come and go: rows that are known stay, and the tables are those of one run."""

from collections.abc import Callable
from pathlib import Path

import pytest

import jobs.embed_sentences
import jobs.filter_sentences
from tests.equal_tables import assert_equal_warehouses
from tests.tiny_site import Killed, Tiny, kill, make_site, picture

pytestmark = [pytest.mark.spark, pytest.mark.models]

LAST = "embed_sentences"
COUNTED = ("filter_images", "embed_images", "filter_sentences", "embed_sentences")
# Both have an action and a noun with relations, so that they are kept; one goes in each bucket.
EVENT = "A storm destroyed the old bridge last night."
MORE = ("The dog chased a black cat through the garden.", "The farmer sold his red tractor today.",
        "The children found a small boat near the river.")  # fmt: skip


def page(*sentences: str, images: tuple[str, ...] = ()) -> str:
    """Return a page of one paragraph a sentence, then the pictures."""
    parts = [f"<p>{text}</p>" for text in sentences] + [f'<img src="{name}">' for name in images]
    return f"<html><body>{''.join(parts)}</body></html>"


def settings(buckets: int) -> tuple[str, str, str, str]:
    """Settings under which sentences of the tiny site are kept."""
    return ("--set", f"buckets.count={buckets}", "--set", "sentences.min_words=3")


def counts(tiny: Tiny) -> dict[str, tuple[int, int]]:
    """Return (computed, carried) rows of the last finished run of each stage that tells them."""
    found = {}
    for stage, metrics, status, _ in sorted(
        tiny.rows("runs", "stage", "metrics", "status", "started_at"), key=lambda row: row[3]
    ):
        known = dict(metrics)
        if status == "finished" and "computed_rows" in known:
            found[stage] = (int(known["computed_rows"]), int(known["carried_rows"]))
    return found


@pytest.fixture(scope="module", params=(1, 2), ids=("one_bucket", "two_buckets"))
def begun(request, spark, models, tmp_path_factory) -> tuple[Tiny, tuple[str, ...]]:
    """The tiny site and one more page, run up to embed_sentences; not to be changed."""
    folder = tmp_path_factory.mktemp("begun")
    tiny = Tiny(make_site(folder / "site"), folder / "warehouse")
    (tiny.site / "storm.html").write_text(page(EVENT), encoding="utf-8")
    assert tiny.run(*settings(request.param), last=LAST) == 0
    return tiny, settings(request.param)


@pytest.fixture
def begin(begun, tmp_path: Path) -> tuple[Tiny, Callable[..., int]]:
    """A copy to work on, and its command."""
    tiny = begun[0].copy_to(tmp_path)
    return tiny, lambda *more, last=LAST: tiny.run(*begun[1], *more, last=last)


def assert_as_computed_anew(tiny: Tiny, run: Callable[..., int], folder: Path) -> None:
    """Compare with all of it computed again from the same pages and frozen words."""
    known = Tiny(tiny.site, folder / "known")
    tiny.warehouse.rename(known.warehouse)
    ...


def test_show(begin):
    tiny, run = begin
    print(tiny.rows("sentences", "sentence_id", "text", "drop_reason", "bucket"))
    print(counts(tiny))
