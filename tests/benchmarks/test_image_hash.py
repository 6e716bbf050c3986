"""The sides of image_hash.py hash the same pictures to nearly the same bits."""

import numpy as np
import pytest
from image_hash import (
    _agreement,
    _measured_files,
    files_of,
    made_pictures,
    main,
    ours,
    packed,
    pillow_loop,
    whole_hashes,
)
from PIL import Image

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = made_pictures(tmp_path_factory.mktemp("made") / "pictures", 24)
    (folder / "broken.jpg").write_bytes(files_of(folder)[0].read_bytes()[:2000])
    return folder


def test_made_pictures_are_always_the_same_size_and_bytes(pictures, tmp_path):
    again = files_of(made_pictures(tmp_path / "again", 24))
    assert [file.read_bytes() for file in again] == [
        f.read_bytes() for f in files_of(pictures)[:24]
    ]
    assert {Image.open(file).size for file in again} == {(640, 480)}


def test_all_sides_agree_and_a_broken_file_has_no_hash(spark, pictures, tmp_path):
    rows = packed(pictures, tmp_path / "rows")
    truth = whole_hashes(files_of(pictures))
    assert sorted(truth) == list(range(24))
    found = ours(str(pictures), str(rows), 2, "")[1]
    np.testing.assert_array_equal(
        found[np.argsort(found[:, 0])], _measured_files([str(f) for f in rows.iterdir()])()
    )
    assert sorted(found[:, 0]) == list(range(24))
    assert _agreement(found, truth) > 0.985

    (pictures / "broken.jpg").unlink()
    rows = packed(pictures, tmp_path / "sound")
    plain = pillow_loop(str(pictures), str(rows), 2, "")[1]
    assert _agreement(plain, truth) > 0.985
    assert _agreement(plain[:12], truth) < 0.51


@pytest.mark.parametrize(
    ("flags", "told"),
    [(["--peer", "opencv"], "'opencv' is none of pillow-loop, imagededup"), ([], "holds no .jpg")],
)
def test_what_cannot_be_compared_is_refused_at_once(flags, told, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["image_hash.py", "--images", str(tmp_path), *flags])
    with pytest.raises(SystemExit):
        main()
    assert told in capsys.readouterr().err
