"""A document of 2 GB in each kind of file: one row that says so, in bounded memory, and what follows is read.

Files have holes, so that they take no disk.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.made_archives import json_lines, mmc4_row, response

pytestmark = pytest.mark.wide
SIZE = 2 * 2**30
MOST_MEGABYTES = 100
READ = """
import json, resource, sys
from realsyn_lib.sources.formats import source_format
from realsyn_lib.sources.records import limits_of
path, form = sys.argv[1:]
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
read = source_format(form).read_records
before = peak()
with open(path, "rb") as file:
    size = file.seek(0, 2); file.seek(0)
    found = [(r.locator, r.reason) for r in read(file, limits_of(size, 2**20))]
print(json.dumps([found, peak() - before]))
"""


def with_hole(path: Path, head: bytes, tail: bytes) -> Path:
    with path.open("wb") as file:
        file.write(head)
        file.seek(SIZE, 1)
        file.write(tail)
    return path


def read(path: Path, form: str) -> tuple[list[list[str | None]], int]:
    """Read the records in a process of its own; return places and reasons, and megabytes it grew by."""
    command = [sys.executable, "-c", READ, str(path), form]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found, megabytes = json.loads(done.stdout)
    return found, megabytes


@pytest.fixture
def line(tmp_path):
    return with_hole(tmp_path / "x.jsonl", b'{"url": "', b'"}\n' + json_lines(mmc4_row()))


@pytest.fixture
def page(tmp_path):
    whole = response("https://a.example/1", b"<p>A boat waits.")
    large = response("https://a.example/0", b"")
    length = large.split(b"Content-Length: ")[1].split(b"\r\n")[0]
    head = large.replace(length, str(int(length) + SIZE).encode(), 1).removesuffix(b"\r\n\r\n")
    return with_hole(tmp_path / "x.warc", head, b"\r\n\r\n" + whole)


def test_a_line(line):
    found, megabytes = read(line, "mmc4")
    assert found == [["1", "document_too_large"], ["2", None]]
    assert megabytes < MOST_MEGABYTES


def test_a_page_of_a_web_archive(page):
    found, megabytes = read(page, "warc")
    assert found == [["1", "document_too_large"], ["2", None]]
    assert megabytes < MOST_MEGABYTES
