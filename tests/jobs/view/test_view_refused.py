"""What realsyn view refuses before it serves, and what it leaves behind."""

import socket
import subprocess
import sys

import numpy as np
import pytest
from deltalake import DeltaTable
from published_rows import append, publish

from jobs.published_files import open_published_files
from jobs.view.queries import Queries
from jobs.view.vectors import FEATURES, IMAGES, VectorStore
from realsyn_lib.embeddings import binary_of
from realsyn_lib.errors import ContractError, InputError, SettingError
from realsyn_lib.tables import IMAGE_EMBEDDINGS, PAIRS

VECTORS = np.eye(3, 4, dtype=np.float16)


@pytest.fixture
def warehouse(tmp_path):
    rows = {"image_id": [3, -1, 2], "embedding": binary_of(VECTORS)}
    publish(
        tmp_path / "wh ü *",
        {IMAGE_EMBEDDINGS: [rows, {"image_id": [9], "drop_reason": ["bad_vector"]}]},
    )
    return tmp_path / "wh ü *"


def test_a_folder_that_is_no_warehouse_ends_with_2(tmp_path):
    command = [sys.executable, "-m", "jobs.cli", "view", "--warehouse", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 2 and "is no warehouse" in ended.stderr


@pytest.mark.parametrize("location", ["s3://bucket/wh", "main.schema"])
def test_a_warehouse_elsewhere_is_refused_with_the_way_out(location):
    with pytest.raises(InputError, match="realsyn sql"):
        open_published_files(location)


def test_a_folder_whose_name_delta_rs_cannot_take_is_refused(warehouse, tmp_path):
    warehouse.rename(tmp_path / "wh[1]")
    with pytest.raises(InputError, match="rename the folder"):
        open_published_files(str(tmp_path / "wh[1]"))


def test_a_port_that_is_taken_is_named():
    from jobs.view.server import open_socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=rf"--port {port}.*--port 0"):
            open_socket("127.0.0.1", port)


def test_tables_of_another_layout_are_refused(warehouse):
    table = DeltaTable(str(warehouse / "image_embeddings"))
    table.alter.set_table_properties({"realsyn.schema_version": "7"}, raise_if_not_exists=False)
    with pytest.raises(ContractError, match="a newer realsyn wrote it"):
        open_published_files(str(warehouse))


def test_a_version_that_no_run_published_is_not_read(warehouse):
    append(warehouse, IMAGE_EMBEDDINGS, {"image_id": [77], "embedding": binary_of(VECTORS[:1])})
    queries = Queries(open_published_files(str(warehouse)))
    ids = queries.rows("SELECT image_id FROM image_embeddings ORDER BY image_id")
    assert [row["image_id"] for row in ids] == [-1, 2, 3, 9]


def test_a_table_that_is_not_published_is_empty(warehouse):
    published = open_published_files(str(warehouse))
    assert not published.has(PAIRS)
    assert Queries(published).rows("FROM pairs") == []


def test_a_run_that_ends_meanwhile_is_noticed(warehouse):
    published = open_published_files(str(warehouse))
    assert not published.has_changed()
    publish(warehouse, {PAIRS: [{"image_id": [3]}]})
    assert published.has_changed() and not published.has(PAIRS)


def test_vectors_are_laid_out_once_and_those_of_an_older_version_go(warehouse, tmp_path):
    cache = tmp_path / "cache"
    store = VectorStore(open_published_files(str(warehouse)), cache)
    file = store.ask(IMAGES).result(60)
    assert dict(zip(file.ids.tolist(), file.vectors.tolist())) == {
        3: [1, 0, 0, 0], -1: [0, 1, 0, 0], 2: [0, 0, 1, 0],
    }  # fmt: skip
    assert len(store.ask(FEATURES).result(60).ids) == 0
    (first,) = cache.glob("image_embeddings.embedding-*")
    publish(warehouse, {IMAGE_EMBEDDINGS: [{"image_id": [5], "embedding": binary_of(VECTORS[:1])}]})
    newer = VectorStore(open_published_files(str(warehouse)), cache).ask(IMAGES).result(60)
    assert len(newer.ids) == 4
    (second,) = cache.glob("image_embeddings.embedding-*")
    assert first != second


def test_what_a_killed_start_left_half_made_is_made_anew(warehouse, tmp_path):
    published = open_published_files(str(warehouse))
    files = published.files(IMAGE_EMBEDDINGS)
    (tmp_path / "cache" / f"image_embeddings.embedding-{files.key}.partial").mkdir(parents=True)
    assert len(VectorStore(published, tmp_path / "cache").ask(IMAGES).result(60).ids) == 3
