import io
import tarfile

import pytest

from realsyn_lib.errors import SettingError
from realsyn_lib.release.tar import end_padding, member


def written(files):
    parts = [part for name, data in files for part in member(name.encode(), data)]
    body = b"".join(bytes(part) for part in parts)
    return body + end_padding(len(body))


def by_tarfile(files):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files:
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime, entry.mode = len(data), 0, 0o644
            tar.addfile(entry, io.BytesIO(data))
    return target.getvalue()


@pytest.mark.parametrize("sizes", [(), (0,), (1, 511, 512, 513), (10_240 - 1536,), (100_000, 7)])
def test_the_bytes_are_those_of_pythons_tarfile(sizes):
    files = [(f"{number:09d}.jpg", bytes([number]) * size) for number, size in enumerate(sizes)]
    assert written(files) == by_tarfile(files)


def test_the_longest_name_is_read_back_and_a_longer_one_refused():
    name = "x" * 100
    with tarfile.open(fileobj=io.BytesIO(written([(name, b"a")]))) as tar:
        assert tar.getnames() == [name]
    with pytest.raises(SettingError, match="expected a name of at most 100"):
        list(member(b"x" * 101, b""))
