"""All bad inputs together among sound ones: an outcome each, sound rows as without them, bounded memory."""

import os
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from realsyn_lib.sources.obelics import OBELICS_SCHEMA
from realsyn_lib.tables import (
    DOCUMENTS,
    FETCHES,
    FUNNEL,
    IMAGE_BYTES,
    IMAGES,
    IMAGES_FOUND,
    QUARANTINE,
    SENTENCES_FOUND,
)
from tests.bad_inputs import KEPT, lines, records, rows
from tests.bad_inputs.pages import ADDRESSES, PAGES
from tests.bad_inputs.pictures import PICTURES
from tests.bad_inputs.site import ADDRESSES_PAGE, PICTURES_PAGE, write_bad, write_good
from tests.equal_tables import Published, assert_equal_tables, published
from tests.fault_process import command
from tests.made_archives import gzipped
from tests.spark_cluster import command_of, descendants
from tests.tiny_site import QUICK, realsyn

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]

TABLES = (DOCUMENTS, IMAGES_FOUND, SENTENCES_FOUND, IMAGE_BYTES, FETCHES, IMAGES)
MOST_MB = 1500  # resident, of one Python process


def arguments(source: Path, form: str, warehouse: Path, last: str) -> list[str]:
    place = ["--input", source, "--format", form, "--warehouse", warehouse, "--to", last]
    return [str(word) for word in ("run", *place, *QUICK)]


def run_watched(source: Path, warehouse: Path) -> float:
    """Run in a process of its own; return the most MB that one Python process below it held."""
    running = command(arguments(source, "html", warehouse, "filter_images"), dict(os.environ))
    over, peaks = threading.Event(), [0.0]

    def watch() -> None:
        while not over.wait(0.2):
            below = [pid for pid in descendants(running.process.pid) if _is_python(pid)]
            peaks.append(max(map(_resident_mb, below), default=0.0))

    watching = threading.Thread(target=watch)
    watching.start()
    code, told = running.communicated(1500)
    over.set()
    watching.join()
    assert code == 0, told[-3000:]
    return max(peaks)


def _is_python(pid: int) -> bool:
    return any("python" in word for word in command_of(pid)[:1])


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:  # it has ended
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def outcomes_of_pictures(made: Published, page: str) -> list[str]:
    """What became of the pictures of a page, in their order: exactly one of the tables tells."""
    (document,) = (
        row["document_id"]
        for row in made.read(DOCUMENTS).select(["document_id", "source"]).to_pylist()
        if row["source"] == page
    )
    found = made.read(IMAGES_FOUND).filter(pc.field("document_id") == document)
    told = {row["image_id"]: row["drop_reason"] for row in made.read(FETCHES).to_pylist()}
    judged = {row["image_id"]: row["drop_reason"] or KEPT for row in made.read(IMAGES).to_pylist()}
    return [
        _one(row["drop_reason"], told.get(row["image_id"]), judged.get(row["image_id"]))
        for row in sorted(found.to_pylist(), key=lambda row: row["position"])
    ]


def _one(*told: str | None) -> str:
    words = [word for word in told if word is not None]
    assert len(words) == 1, f"{told}: found, fetched and judged must come to one outcome"
    return words[0]


def assert_same_good_rows(alone: Published, beside: Published) -> None:
    """Fail unless every row of the one is in the other, as it was."""
    for table in TABLES:
        wanted, found = alone.read(table), beside.read(table)
        keys = set(zip(*(wanted[part].to_pylist() for part in table.key), strict=True))
        held = zip(*(found[part].to_pylist() for part in table.key), strict=True)
        same = found.filter(pa.array([key in keys for key in held], pa.bool_()))
        assert_equal_tables(table.name, table.key, wanted, same)


def document_outcomes(made: Published, *parts: str) -> dict[Any, str]:
    """Return the outcome of each document by the given columns."""
    found = made.read(DOCUMENTS).select([*parts, "drop_reason"]).to_pylist()
    return {tuple(row[part] for part in parts): row["drop_reason"] or KEPT for row in found}


def funnel(made: Published, entity: str) -> Counter[str]:
    """Count what ``extract_documents`` says of an entity by outcome; its reasons added up."""
    counts: Counter[str] = Counter()
    for row in made.read(FUNNEL).to_pylist():
        if (row["stage"], row["entity"]) == ("extract_documents", entity):
            counts[row["outcome"]] += row["row_count"]
    return counts


@pytest.mark.parametrize(
    ("pages", "pictures"), [(100, 2), pytest.param(3000, 4, marks=pytest.mark.long)]
)
def test_pages_pictures_and_addresses(spark, models, tmp_path, pages, pictures):
    """The larger case is one bad input in a hundred sound ones."""
    write_good(tmp_path / "good", pages, pictures)
    assert realsyn(*arguments(tmp_path / "good", "html", tmp_path / "alone", "filter_images")) == 0
    both = tmp_path / "both"
    write_bad(both)
    (tmp_path / "good" / "good").rename(both / "good")
    peak_mb = run_watched(both, tmp_path / "beside")
    alone, beside = published(tmp_path / "alone"), published(tmp_path / "beside")
    assert_same_good_rows(alone, beside)
    told = document_outcomes(beside, "source")
    assert {name: told[(f"bad/{name}",)] for name in PAGES} == {
        name: outcome for name, (_make, outcome) in PAGES.items()
    }
    of_pictures = {name: outcome for name, (_make, outcome) in PICTURES.items()}
    of_pictures["empty.jpg"] = "empty_file"  # told where it is fetched: no decoder ever sees it
    assert (
        dict(zip(PICTURES, outcomes_of_pictures(beside, PICTURES_PAGE), strict=True)) == of_pictures
    )
    assert (
        dict(zip(ADDRESSES, outcomes_of_pictures(beside, ADDRESSES_PAGE), strict=True)) == ADDRESSES
    )
    counts = funnel(beside, "document")
    assert counts["in"] == pages + len(PAGES) + 2
    assert counts["kept"] + counts["dropped"] + counts["quarantined"] == counts["in"]
    assert peak_mb < MOST_MB


def good_row(number: int) -> rows.Row:
    return rows.row(f"https://p.example/good-{number}")


def write_rows(folder: Path, made: list[rows.Row]) -> Path:
    folder.mkdir()
    table = pa.Table.from_pylist(made, pa.schema(list(OBELICS_SCHEMA)))
    pq.write_table(table, folder / "a.parquet", row_group_size=50)
    return folder


def write_lines(folder: Path, made: list[bytes]) -> Path:
    folder.mkdir()
    (folder / "a.jsonl").write_bytes(b"".join(line + b"\n" for line in made))
    return folder


def write_records(folder: Path, made: list[bytes]) -> Path:
    folder.mkdir()
    (folder / "a.warc.gz").write_bytes(gzipped(made))
    return folder


KINDS = {
    "obelics": (write_rows, good_row, rows.ROWS, 0),
    "mmc4": (write_lines, lambda number: lines.line(f"good-{number}"), lines.LINES, 1),
    "warc": (write_records, lambda number: records.record(f"good-{number}"), records.RECORDS, 1),
}  # fmt: skip


@pytest.mark.parametrize("form", KINDS)
def test_rows_lines_and_records(spark, models, tmp_path, form):
    write, good, cases, first = KINDS[form]
    sound = [good(number) for number in range(100)]
    alone = write(tmp_path / "good", sound)
    beside = write(tmp_path / "both", [*sound, *(case for case, _outcome in cases.values())])
    for source in (alone, beside):
        warehouse = tmp_path / f"{source.name}-tables"
        assert realsyn(*arguments(source, form, warehouse, "extract_documents")) == 0
    of_both = published(tmp_path / "both-tables")
    told = document_outcomes(of_both, "locator")
    places = [str(first + len(sound) + number) for number in range(len(cases))]
    assert {name: told[(place,)] for name, place in zip(cases, places, strict=True)} == {
        name: outcome for name, (_case, outcome) in cases.items()
    }
    wanted = document_outcomes(published(tmp_path / "good-tables"), "locator")
    assert wanted == {key: told[key] for key in wanted} and set(wanted.values()) == {KEPT}
    refused = [outcome for _case, outcome in cases.values() if outcome != KEPT]
    reasons = of_both.read(QUARANTINE)["reason"].to_pylist()
    assert Counter(reasons) == Counter(refused)
    assert funnel(of_both, "document") == {
        "in": len(told), "kept": len(told) - len(refused), "quarantined": len(refused),
    }  # fmt: skip
