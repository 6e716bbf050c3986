import io
import json
import random
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path

import pytest

from realsyn_lib.sources.shard_samples import ShardSample
from realsyn_lib.training.draw_texts import drawn
from tests.made_tars import tar_of, write_tar

ROOT = Path(__file__).parents[3]
FOUR = ("text1", "text2", "text3", "syn_text")


def sample(**facts):
    return ShardSample("k", None, {"json": json.dumps(facts).encode(), "txt": b"caption"})


def streamed(shard: Path, *names: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "realsyn_lib.training.draw_texts", str(shard), *names]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False)


def members(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r|") as tar:
        return {one.name: tar.extractfile(one).read() for one in tar}


def test_each_of_the_four_texts_is_drawn_as_often():
    told = sample(text1="a", text2="b", text3="c", syn_text="d", caption="e")
    chance = random.Random(1)
    counts = Counter(drawn(told, FOUR, chance) for _ in range(8000))
    assert set(counts) == set("abcd")
    # 2000 expected, standard deviation 39: five of them are 193.
    assert all(abs(count - 2000) < 193 for count in counts.values())


def test_texts_that_are_null_or_blank_are_never_drawn():
    told = sample(text1=None, text2="b", text3="  ", syn_text=7)
    assert {drawn(told, FOUR, random.Random(seed)) for seed in range(50)} == {"b"}


@pytest.mark.parametrize("data", [b"{", b"[]", b"null", b'{"text1": null}', b"[" * 10**5])
def test_the_caption_stands_in_where_the_json_has_no_text(data):
    told = ShardSample("k", None, {"json": data, "txt": b"caption"})
    assert drawn(told, FOUR, random.Random(1)) == "caption"
    assert drawn(ShardSample("k"), FOUR, random.Random(1)) is None


def test_the_stream_holds_pictures_and_drawn_texts_and_nothing_that_could_be_unpickled(tmp_path):
    shard = write_tar(tmp_path / "00000.tar", {
        "000000000.jpg": b"picture 0", "000000000.json": b'{"text2": "two"}', "000000000.txt": b"one",
        "000000000.pyd": b"cos\nsystem\n", "a/000000001.PNG": b"picture 1", "a/000000001.txt": b"plain",
        "000000002.jpg": b"no text", "000000003.txt": b"no picture",
    })  # fmt: skip
    answer = streamed(shard, *FOUR)
    assert answer.returncode == 0, answer.stderr
    assert members(answer.stdout) == {
        "000000000.jpg": b"picture 0", "000000000.txt": b"two",
        "000000001.png": b"picture 1", "000000001.txt": b"plain",
    }  # fmt: skip


def test_a_shard_that_is_cut_or_missing_is_told_and_ends_with_1(tmp_path):
    whole = tar_of({"0.jpg": b"x" * 2000, "0.txt": b"one"})
    (tmp_path / "cut.tar").write_bytes(whole[:1500])
    for name, why in (("cut.tar", b"beyond the end"), ("gone.tar", b"No such file")):
        answer = streamed(tmp_path / name, *FOUR)
        assert answer.returncode == 1
        assert why in answer.stderr and b"Traceback" not in answer.stderr


def test_a_reader_that_has_enough_ends_the_stream_without_a_word(tmp_path):
    shard = write_tar(
        tmp_path / "0.tar", {f"{n}.{end}": b"x" * 10**6 for n in range(9) for end in ("jpg", "txt")}
    )
    command = [sys.executable, "-m", "realsyn_lib.training.draw_texts", str(shard), *FOUR]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert len(process.stdout.read(512)) == 512
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
