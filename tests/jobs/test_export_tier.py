"""A tier written as files, from small tables: what lies where, and that a rerun changes no byte."""

import hashlib
import json
import logging
import shlex

import numpy as np
import open_clip
import open_clip_train.main
import pyarrow.parquet as pq
import pytest
import torch
import webdataset
from PIL import Image

from jobs.export_seal import listed_digests
from jobs.export_tier import ExportSettings, Release, export_tier
from jobs.settings import limits_of
from realsyn_lib.balance import hash_rank
from realsyn_lib.config import load_config
from realsyn_lib.errors import EnvironmentFault, GateError, InputError
from realsyn_lib.files import sha256_of
from realsyn_lib.release.training import train_command
from realsyn_lib.tables import IMAGE_BYTES, PAIRS, SAMPLES
from tests.encoded_picture import encoded
from tests.frames import frame

pytestmark = pytest.mark.spark
IDS = list(range(1, 26))
TIER = IDS[:23]  # the pictures of 24 and 25 are of no row
BROKEN = 7


def png(number):
    if number == BROKEN:
        return b"<html>"
    return encoded(Image.fromarray(np.full((30, 40, 3), number * 10, np.uint8)), "PNG")


def of_tier():
    """The ids of the tier as they are to be written: by hash rank."""
    return sorted(TIER, key=lambda number: int(hash_rank(1, np.array([number], np.int64))[0]))


@pytest.fixture(scope="module")
def release(spark):
    pairs = [
        {"image_id": n, "raw_image_url": f"{n}.png", "text1": f"one {n}", "text2": f"two {n}"}
        for n in TIER
    ]
    files = [
        {"image_id": n, "bytes": png(n), "sha256": hashlib.sha256(png(n)).hexdigest()} for n in IDS
    ]
    frames = {
        SAMPLES.name: frame(spark, SAMPLES, [{"tier": "t", "image_id": n} for n in TIER]),
        PAIRS.name: frame(spark, PAIRS, pairs).repartition(3),
        IMAGE_BYTES.name: frame(
            spark, IMAGE_BYTES, [*files, {"image_id": 99, "drop_reason": "not_found"}]
        ).repartition(4),
    }
    return Release(lambda table: frames[table.name])


def settings(*more):
    config = load_config("local", ["release.shard_rows=10", *more])
    return ExportSettings(config.release, config.images, limits_of(config.images, config.batch))


@pytest.fixture(scope="module")
def shards(release, tmp_path_factory):
    place = tmp_path_factory.mktemp("shards") / "all"
    written = export_tier(release, "t", "webdataset", str(place), settings())
    return place, written


def digests(place):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in place.iterdir()}


def test_shards_have_their_rows_in_the_order_of_hash_ranks(shards):
    place, written = shards
    tables = [pq.read_table(path) for path in sorted(place.glob("*.parquet"))]
    assert [table.num_rows for table in tables] == [10, 10, 3]
    rows = [row for table in tables for row in table.to_pylist()]
    assert [row["image_id"] for row in rows] == of_tier()
    assert [row["key"] for row in rows][8:12] == [
        "000000008",
        "000000009",
        "000010000",
        "000010001",
    ]
    assert (written.rows, written.refused, written.shards) == (22, {"not_an_image": 1}, 3)


def test_beside_each_shard_lie_its_counts_and_all_sizes_in_one_file(shards):
    place, _ = shards
    names = {path.name for path in place.iterdir()}
    telling = {"_export.json", "_SHA256SUMS"}
    of_shards = {f"{n:05d}{end}" for n in range(3) for end in (".tar", ".parquet", "_stats.json")}
    assert names == of_shards | {"sizes.json", "__len__"} | telling
    listed = listed_digests(str(place))
    assert listed == {name: sha256_of(f"{place}/{name}") for name in names - telling}
    sizes = json.loads((place / "sizes.json").read_text())
    assert sum(sizes.values()) == int((place / "__len__").read_text()) == 22
    for name, count in sizes.items():
        stats = json.loads((place / name.replace(".tar", "_stats.json")).read_text())
        assert (stats["successes"], stats["failed_to_download"]) == (count, 0)
        assert stats["count"] - stats["successes"] == stats["failed_to_resize"]
        assert stats["sha256"] == hashlib.sha256((place / name).read_bytes()).hexdigest()


def test_every_sample_is_read_back_with_its_picture_and_texts(shards):
    place, _ = shards
    files = [str(path) for path in sorted(place.glob("*.tar"))]
    read = list(webdataset.WebDataset(files, shardshuffle=False).decode("rgb8"))
    assert [int(sample["json"]["image_id"]) for sample in read] == [
        number for number in of_tier() if number != BROKEN
    ]
    for sample in read:
        number = int(sample["json"]["image_id"])
        assert sample["jpg"].shape == (30, 40, 3)
        assert abs(int(sample["jpg"][15, 20, 0]) - number * 10) <= 1
        assert sample["txt"] == sample["json"]["caption"] == f"one {number}"
        assert sample["json"]["text2"] == f"two {number}"
        assert sample["json"]["sha256"] == hashlib.sha256(png(number)).hexdigest()


@pytest.fixture
def same_logging():
    """open_clip_train sets the level of every logger and adds handlers; undone afterwards."""
    levels = {name: logging.getLogger(name).level for name in logging.root.manager.loggerDict}
    root, handlers = logging.root.level, list(logging.root.handlers)
    yield
    for handler in set(logging.root.handlers) - set(handlers):
        logging.root.removeHandler(handler)
        handler.close()
    logging.root.setLevel(root)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_open_clip_trains_on_the_shards_by_the_printed_command(shards, tmp_path, same_logging):
    place, written = shards
    tiny = {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
        "text_cfg": {"vocab_size": 49408, "width": 32, "heads": 2, "layers": 1, "context_length": 16},
    }  # fmt: skip
    (tmp_path / "tiny.json").write_text(json.dumps(tiny))
    open_clip.add_model_config(tmp_path / "tiny.json")
    command = shlex.split(train_command(str(place), written.rows, written.shards))
    assert command[:3] == ["python", "-m", "open_clip_train.main"]
    open_clip_train.main.main([
        *command[3:], "--model", "tiny", "--batch-size", "8", "--epochs", "1", "--warmup", "1",
        "--workers", "0", "--precision", "fp32", "--device", "cpu", "--logs", str(tmp_path), "--name", "run",
    ])  # fmt: skip
    log = (tmp_path / "run/out.log").read_text()
    assert "Train Epoch: 0 [24/24 (100%)]" in log  # 22 samples in 3 batches of 8
    made = torch.load(tmp_path / "run/checkpoints/epoch_1.pt", weights_only=False)
    steps = {int(state["step"]) for state in made["optimizer"]["state"].values()}
    assert (made["epoch"], steps) == (1, {3})
    assert all(torch.isfinite(weights).all() for weights in made["state_dict"].values())


def test_a_rerun_after_a_kill_gives_the_same_bytes_and_leaves_nothing_else(
    release, shards, tmp_path
):
    place = tmp_path / "all"
    killed = tmp_path / "all.partial/0123456789abcdef"
    killed.mkdir(parents=True)
    for name in ("_begun", "00000.tar", ".00001.tar.partial-77"):
        (killed / name).write_bytes(b"half")
    export_tier(release, "t", "webdataset", str(place), settings("spark.shuffle_partitions=5"))
    assert digests(place) == digests(shards[0])
    assert [path.name for path in tmp_path.iterdir()] == ["all"]


def test_bytes_of_more_ids_than_are_broadcast_give_the_same_shards(
    release, shards, tmp_path, monkeypatch
):
    monkeypatch.setattr("jobs.export_tier._MOST_BROADCAST_IDS", 5)
    export_tier(release, "t", "webdataset", str(tmp_path / "all"), settings())
    assert digests(tmp_path / "all") == digests(shards[0])


def test_parquet_has_the_five_columns_in_files_of_the_same_rows(release, tmp_path):
    written = export_tier(release, "t", "parquet", str(tmp_path / "all"), settings())
    tables = [pq.read_table(path) for path in sorted((tmp_path / "all").glob("*.parquet"))]
    assert [table.num_rows for table in tables] == [10, 10, 3]
    assert tables[0].schema.names == ["raw_image_url", "text1", "text2", "text3", "syn_text"]
    urls = [url for table in tables for url in table["raw_image_url"].to_pylist()]
    assert urls == [f"{number}.png" for number in of_tier()]
    assert (written.rows, written.shards) == (23, 3)


def test_an_empty_tier_is_no_export(release, tmp_path):
    with pytest.raises(GateError, match="tier other has no rows"):
        export_tier(release, "other", "parquet", str(tmp_path / "x"), settings())


@pytest.mark.parametrize("form", ["parquet", "webdataset"])
def test_a_place_that_cannot_be_written_to_is_named_and_nothing_is_left(release, tmp_path, form):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(EnvironmentFault, match=r"writing below .*file/x: .*; free space"):
        export_tier(release, "t", form, str(tmp_path / "file/x"), settings())
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_of_others_beside_the_place_is_refused_and_kept(release, tmp_path):
    (tmp_path / "x.partial").mkdir()
    (tmp_path / "x.partial/thesis.txt").write_text("mine")
    with pytest.raises(InputError, match=r"thesis\.txt"):
        export_tier(release, "t", "parquet", str(tmp_path / "x"), settings())
    assert (tmp_path / "x.partial/thesis.txt").read_text() == "mine"
