"""Members of archives, where Python's own reader finds them, and what keeps an archive from being read on."""

import io
import tarfile
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realsyn_lib.sources.tar_walk import BLOCK, TarFaultError, TarMember, tar_members
from tests.made_tars import tar_of

FORMS = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
TWO = {"a.jpg": b"x" * 700, "b.jpg": b"yy"}


class Bytes(io.BytesIO):
    """An archive in memory, read forward."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.size = len(data)

    def skip_to(self, offset: int) -> None:
        assert offset >= self.tell()
        self.seek(offset)


def walked(data: bytes) -> list[TarMember]:
    return list(tar_members(Bytes(data)))


def broken(data: bytes) -> tuple[list[str], str]:
    """The names found before an archive could not be read on, and why."""
    names = []
    with pytest.raises(TarFaultError) as fault:
        for member in tar_members(Bytes(data)):
            names.append(member.name)
    return names, str(fault.value)


def test_two_files_lie_behind_a_header_each_in_whole_blocks():
    assert walked(tar_of(TWO)) == [
        TarMember("a.jpg", 512, 700),
        TarMember("b.jpg", 512 + 1024 + 512, 2),
    ]


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)
        .map(lambda name: name.strip("/ "))
        .filter(lambda name: name and len(name.encode()) < 100),
        st.binary(max_size=1500),
        max_size=6,
    ),
    st.sampled_from(FORMS),
)
@settings(max_examples=150, deadline=None)
def test_names_places_and_sizes_are_those_of_pythons_reader(files, form):
    data = tar_of(files, form)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        known = [(m.name, m.offset_data, m.size) for m in archive]
    found = walked(data)
    named = [(quote(name.encode(), safe="/"), offset, size) for name, offset, size in known]
    assert [(m.name, m.offset, m.size) for m in found] == named
    contents = [data[m.offset : m.offset + m.size] for m in found]
    assert contents == list(files.values())


@pytest.mark.parametrize("form", FORMS[1:])
def test_names_of_any_length_come_from_the_header_before(form):
    name = "folder/" * 40 + "picture.jpg"
    assert [m.name for m in walked(tar_of({name: b"1", "b.jpg": b"2"}, form))] == [name, "b.jpg"]


def test_a_name_in_two_fields_is_put_together():
    name = "f" * 80 + "/" + "g" * 60 + ".jpg"
    assert walked(tar_of({name: b"1"}, tarfile.USTAR_FORMAT))[0].name == name


def test_folders_and_links_are_passed_over():
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, kind in (("d", tarfile.DIRTYPE), ("s", tarfile.SYMTYPE), ("h", tarfile.LNKTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        archive.addfile(tarfile.TarInfo("empty.jpg"))
    assert walked(stream.getvalue()) == [TarMember("empty.jpg", 4 * BLOCK, 0)]


def test_what_came_before_a_cut_is_found_and_the_cut_is_told():
    data = tar_of(TWO)
    assert broken(data[: 3 * BLOCK]) == (
        ["a.jpg"], "byte 1536: it ends without the mark of an end; it may have been cut",
    )  # fmt: skip
    assert broken(data[: 3 * BLOCK + 100]) == (["a.jpg"], "byte 1536: it ends inside a header")
    assert broken(data[: BLOCK + 100]) == (
        [], "byte 0: a member of 700 bytes reaches beyond the end",
    )  # fmt: skip
    assert broken(b"") == ([], "byte 0: it ends without the mark of an end; it may have been cut")


def test_a_changed_byte_of_a_header_and_what_is_no_archive_are_told():
    data = bytearray(tar_of(TWO))
    data[1536] ^= 1
    assert broken(bytes(data)) == (["a.jpg"], "byte 1536: no header of a tar archive")
    assert broken(b"\x1f\x8b" + bytes(1000))[1] == "byte 0: no header of a tar archive"


def header(size: bytes, kind: bytes = b"0") -> bytes:
    block = bytearray(BLOCK)
    block[:5], block[124:136], block[156:157] = b"a.jpg", size.ljust(12, b"\0"), kind
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


@pytest.mark.parametrize(
    ("size", "kind", "told"),
    [
        (b"77777777777", b"0", "reaches beyond the end"),
        (b"\x80" + b"\xff" * 11, b"0", "reaches beyond the end"),
        (b"\xff" * 12, b"0", "is no number"),
        (b"12x", b"0", "is no number"),
        (b"-7", b"0", "is no number"),
        (b"77777777", b"L", "a header of 16777215 bytes"),
        (b"77777777", b"x", "a header of 16777215 bytes"),
        (b"10", b"S", "a sparse file"),
    ],
)
def test_a_header_may_claim_anything(size, kind, told):
    names, fault = broken(header(size, kind) + bytes(BLOCK * (40000 if "header" in told else 3)))
    assert names == [] and told in fault


@pytest.mark.parametrize("records", [b"9999 path=x\n", b"0 path=x\n", b"x path=y\n", b"3 a", b"1 "])
def test_lines_of_a_pax_header_without_a_length_are_refused(records):
    data = header(b"%o" % len(records), b"x") + records.ljust(BLOCK, b"\0") + bytes(4 * BLOCK)
    assert broken(data)[0] == []


def test_a_size_above_8_gib_is_read_as_a_binary_number():
    member = next(tar_members(Claimed(header(b"\x80" + (2**34).to_bytes(11, "big")))))
    assert member == TarMember("a.jpg", 512, 2**34)


class Claimed(Bytes):
    """A file that says it is a terabyte long."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.size = 2**40
