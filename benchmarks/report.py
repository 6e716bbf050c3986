"""The report of a warehouse of N pairs: how long the command takes and how large its file is.

The warehouse is that of ``made_warehouse``. No peer draws such a report, so there is none. ``wall_s`` is
the report alone, ``command_s`` with the session's start, as `realsyn report` takes it. Quality is the
share of the gallery's pairs that have their picture and the texts of their row.
"""

import argparse
import tempfile
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from made_warehouse import SAID, TEXTS, make_warehouse
from side_by_side import common_flags, in_turn, start_up_ends, summary, tell


def main() -> None:
    """Make the warehouse, draw its report in some processes, print the table and the JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=100_000, help="kept pairs")
    common_flags(parser)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work:
        place = f"{work}/warehouse"
        in_turn({"made": make_warehouse}, 1, place, arguments.n, arguments.threads)
        stored = sum(file.stat().st_size for file in Path(place).rglob("*.parquet"))
        runs = in_turn({"ours": ours}, arguments.runs, place, work, arguments.threads)["ours"]
    mine = summary("ours", runs, arguments.n, min(run.answer["quality"] for run in runs))
    more = {
        "command_s": mine.wall_s + mine.start_up_s,
        "report_mb": max(run.answer["report_mb"] for run in runs),
        "warehouse_mb": stored / 1e6,
    }
    tell("report", arguments.n, mine, [], ["pyspark", "delta-spark", "pyarrow"], more=more)


def ours(place: str, work: str, threads: int) -> tuple[float, dict[str, float]]:
    """Draw the report; return its size and how much of it is right."""
    from jobs.published import open_warehouse
    from jobs.report.build import write_report
    from jobs.session import open_session
    from realsyn_lib.config import load_config

    started = time.perf_counter()
    config = load_config("local", [f"spark.master=local[{threads},4]"])
    open_session(config, "report", is_brief=True)
    start_up_s = time.perf_counter() - started
    start_up_ends()
    out = Path(work, "report.html")
    write_report(open_warehouse(place, config), str(out))
    return start_up_s, {"report_mb": out.stat().st_size / 1e6, "quality": quality(out)}


def quality(page: Path) -> float:
    """Return the share of a report's pairs whose picture and texts are those of their row."""
    cards = _Cards()
    cards.feed(page.read_text(encoding="utf-8"))
    right = [card for card in cards.found if card["pictures"] == 1 and _has_its_texts(card)]
    return len(right) / len(cards.found)


def _has_its_texts(card: dict[str, Any]) -> bool:
    """Texts name the image that they belong to, so that a wrong one is seen."""
    image_id = card["text"].partition("made/")[2].partition(".jpg")[0]
    return all(f"Picture {image_id} {SAID}, says {name}." in card["text"] for name in TEXTS)


class _Cards(HTMLParser):
    """Text and pictures of each pair of the gallery."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count the pictures of a card; a card begins."""
        given = dict(attrs)
        if tag == "article" and given.get("class") == "card":
            self._is_inside = True
            self.found.append({"pictures": 0, "text": ""})
        elif tag == "img" and self._is_inside:
            is_jpeg = str(given.get("src")).startswith("data:image/jpeg;base64,")
            self.found[-1]["pictures"] += is_jpeg

    def handle_endtag(self, tag: str) -> None:
        """A card ends."""
        self._is_inside = self._is_inside and tag != "article"

    def handle_data(self, data: str) -> None:
        """Keep what a card says."""
        if self._is_inside:
            self.found[-1]["text"] += data


if __name__ == "__main__":
    main()
