"""Tar members of regular files: no time, no owner, so that the same files give the same bytes."""

from collections.abc import Iterator

from realsyn_lib.errors import SettingError

_BLOCK = 512
_MOST_BYTES = 8**11 - 1  # what the eleven octal digits of the size can say
_NAME_BYTES = 100
# Of a ustar header: mode 0644, owner and group 0 without names, modified at 0.
_BEFORE_SIZE = b"0000644\0" + b"0000000\0" + b"0000000\0"
_AFTER_SIZE = b"00000000000\0"
_AFTER_SUM = b"0" + bytes(100) + b"ustar\0" + b"00"
_TAIL = bytes(_BLOCK - 265)
_FIXED_SUM = sum(_BEFORE_SIZE) + sum(_AFTER_SIZE) + 8 * 32 + sum(_AFTER_SUM)


def member(name: bytes, data: bytes | memoryview) -> Iterator[bytes | memoryview]:
    """Yield the parts of one member: header, bytes, padding.

    Python's tarfile spends longer on a header than on the bytes of a small picture; these are the
    bytes that it writes for ``USTAR_FORMAT``.

    Args:
        name: ASCII, at most 100 bytes, without a slash.
        data: the file, below 8 GiB.

    Raises:
        SettingError: the name or the file does not fit.
    """
    if len(name) > _NAME_BYTES or len(data) > _MOST_BYTES:
        raise SettingError(
            f"shard: member {name!r} of {len(data)} bytes, expected a name of at most {_NAME_BYTES} "
            f"and at most {_MOST_BYTES} bytes; lower images.max_pixels"
        )
    size = b"%011o\0" % len(data)
    checksum = b"%06o\0 " % (_FIXED_SUM + sum(name) + sum(size))
    yield b"".join(
        (
            name.ljust(_NAME_BYTES, b"\0"),
            _BEFORE_SIZE,
            size,
            _AFTER_SIZE,
            checksum,
            _AFTER_SUM,
            _TAIL,
        )
    )
    yield data
    yield bytes(-len(data) % _BLOCK)


def end_padding(written: int, record: int = 20 * _BLOCK) -> bytes:
    """Return what stands after the last member: two empty blocks, filled up to a whole record."""
    return bytes(2 * _BLOCK + -(written + 2 * _BLOCK) % record)
