"""Which format a tar archive, a picture or a sample's .json is told to be in."""

import io
import json
import tarfile

import pytest

from realsyn_lib.sources.recognise import look_at

JPEG = b"\xff\xd8\xff\xe0" + bytes(20)
FACTS = json.dumps({"url": "https://a.example/x.jpg", "key": "0", "status": "success"}, indent=4)


def archive(*names: str) -> io.BytesIO:
    """Return an archive of members of four bytes."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 4
            tar.addfile(info, io.BytesIO(b"data"))
    held.seek(0)
    return held


@pytest.mark.parametrize(
    ("names", "formats"),
    [
        (("a/cat.jpg", "a/dog.PNG"), ("images", "img2dataset")),
        (("0.jpg", "0.txt", "0.json"), ("img2dataset", "images")),
        (("0.json", "0.tiff"), ("mint1t",)),
        (("0.mp4",), ()),
    ],
)
def test_an_archive_is_told_by_the_names_of_its_members(names, formats):
    seen = look_at(archive(*names))
    assert seen.formats == formats
    assert seen.words.startswith("is a tar archive of")
    assert seen.is_certain


def test_an_archive_that_is_cut_in_its_first_header_is_told_as_uncertain():
    whole = archive("a/cat.jpg").getvalue()
    broken = look_at(io.BytesIO(whole[:257] + b"ustar" + b"x" * 300))
    assert (broken.formats, broken.is_certain) == ((), False)


def test_a_picture_may_be_one_of_images_and_a_samples_json_is_one_of_img2dataset():
    assert look_at(io.BytesIO(JPEG)).formats == ("images", "img2dataset")
    assert look_at(io.BytesIO(FACTS.encode())).formats == ("img2dataset",)
    assert look_at(io.BytesIO(b'{"url": "x"}')).formats == ()
