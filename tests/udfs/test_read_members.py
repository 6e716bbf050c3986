"""Members of archives read by their addresses, which may claim anything."""

import io
import json

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from realsyn_lib.documents import ImageItem
from realsyn_lib.members import Member, member_url
from realsyn_lib.sources.formats import FORMATS
from realsyn_lib.sources.mint1t import MINT1T_LAYOUT
from tests.made_tars import write_tar
from udfs.fetched import Fetched
from udfs.read_files import _remote_reader, file_reader
from udfs.read_samples import read_samples
from udfs.stored_images import named_by_url

MOST = 1000


@pytest.fixture
def root(tmp_path):
    write_tar(tmp_path / "in/a b.tar", {"a.jpg": b"first", "b.jpg": b"second"})
    write_tar(tmp_path / "outside.tar", {"a.jpg": b"secret"})
    (tmp_path / "in/link.tar").symlink_to(tmp_path / "outside.tar")
    return tmp_path / "in"


def asked(root, offset: int, size: int, archive: str = "a%20b.tar") -> Fetched:
    url = member_url(archive, Member("a.jpg", offset, size))
    return file_reader(str(root), MOST)(url)


def test_the_bytes_of_a_member_are_read_and_no_others(root):
    assert asked(root, 512, 5).body == b"first"
    assert asked(root, 1536, 6).body == b"second"
    assert asked(root, 512, 0).body == b""


def test_a_row_of_a_table_that_a_page_names_is_no_picture(root):
    (root / "x.parquet").write_bytes(b"PAR1")
    read = file_reader(str(root), MOST)
    assert read("x.parquet").body == b"PAR1"
    assert read("x.parquet?row=0") == Fetched(
        reason="not_found", detail="a row of a table is no file"
    )


def test_an_object_store_gives_the_same(root):
    system = pa.fs.SubTreeFileSystem(str(root.parent), pa.fs.LocalFileSystem())
    read = _remote_reader(system, "in", MOST)
    assert read(("a b.tar",), Member("b.jpg", 1536, 6)).body == b"second"
    assert read(("a b.tar",), Member("b.jpg", 10**6, 6)).reason == "incomplete"
    assert read(("a b.tar",), None).reason == "body_too_large"


@pytest.mark.parametrize(
    ("offset", "size", "archive", "reason"),
    [
        (0, MOST, "a%20b.tar", None),
        (0, MOST + 1, "a%20b.tar", "body_too_large"),
        (10**15 - 1, 10, "a%20b.tar", "incomplete"),
        (10239, 2, "a%20b.tar", "incomplete"),
        (512, 5, "../outside.tar", "bad_url"),
        (512, 5, "%2e%2e/outside.tar", "bad_url"),
        (512, 5, "link.tar", "bad_url"),
        (512, 5, "/etc/x.tar", "bad_url"),
        (512, 5, "none.tar", "not_found"),
    ],
)
def test_an_address_reaches_nothing_beyond_its_archive_and_the_limit(
    root, offset, size, archive, reason
):
    assert asked(root, offset, size, archive).reason == reason


def test_pictures_of_a_pdf_are_read_from_the_one_file_that_holds_them(tmp_path):
    """From the archive through the parser to the pixels, as MINT-1T's PDF part has them."""
    noise = np.random.default_rng(5).integers(0, 256, (2, 40, 30, 3), dtype=np.uint8)
    first, second = map(Image.fromarray, noise)
    stream = io.BytesIO()
    first.save(stream, "TIFF", save_all=True, append_images=[second])
    page = json.dumps({"images": ["a", None, "b"], "texts": [None, "A text.", None]}).encode()
    path = write_tar(tmp_path / "0.tar", {"k.json": page, "k.tiff": stream.getvalue()})
    file = {"source": "0.tar", "path": str(path), "reason": None, "size_bytes": path.stat().st_size}
    (batch,) = read_samples(MINT1T_LAYOUT, 10**6)(iter([pa.RecordBatch.from_pylist([file])]))
    (record,) = batch.to_pylist()
    document = FORMATS["mint1t"].parse(record)
    urls = [item.url for item in document.items if isinstance(item, ImageItem)]
    read = file_reader(str(tmp_path), 10**5)
    for url, known in zip(urls, (first, second), strict=True):
        with Image.open(io.BytesIO(read(url).body)) as found:
            assert found.tobytes() == known.tobytes()
    gone = read(urls[0].replace("frame=0", "frame=2"))
    assert (gone.reason, gone.detail) == ("not_found", "picture 2 of a file of 2")
    short = read(urls[1].replace(f"size={len(stream.getvalue())}", "size=3000"))
    assert short.reason == "truncated"


def test_images_are_read_where_they_lie_and_keep_their_urls():
    asked_for = []

    def fetch(batches):
        for batch in batches:
            asked_for.extend(batch["url"].to_pylist())
            yield batch.append_column("size", pa.array([len(url) for url in asked_for]))

    asked = ["s.tar?1", "2.jpg", "http://x/3.jpg"]
    own = ["http://x/1.jpg", None, None]
    batch = pa.record_batch({"image_id": [1, 2, 3], "url": asked, "own_url": own})
    (found,) = named_by_url(fetch)(iter([batch]))
    assert asked_for == asked
    assert found["url"].to_pylist() == ["http://x/1.jpg", "2.jpg", "http://x/3.jpg"]
    assert found["size"].to_pylist() == [7, 5, 14]
