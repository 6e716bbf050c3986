"""Bytes of a page -> text, by rules that do not depend on the machine."""

import codecs
import re
from typing import NamedTuple

# What a page calls itself -> the codec that reads it as browsers do (WHATWG Encoding).
_CODECS = {
    "utf-8": "utf-8", "utf8": "utf-8", "utf-16": "utf-8", "utf-16le": "utf-8", "utf-16be": "utf-8",
    "us-ascii": "cp1252", "ascii": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "iso8859-1": "cp1252", "windows-1252": "cp1252", "cp1252": "cp1252",
    "iso-8859-9": "cp1254", "tis-620": "cp874", "windows-874": "cp874", "macintosh": "mac_roman",
    "gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs",
    "euc-jp": "euc_jp", "shift_jis": "cp932", "sjis": "cp932", "iso-2022-jp": "iso2022_jp",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "koi8-r": "koi8_r", "koi8-u": "koi8_u",
    "ibm866": "cp866",
    **{f"windows-{n}": f"cp{n}" for n in (1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258)},
    **{f"iso-8859-{n}": f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
}  # fmt: skip
_UTF_16 = {"utf-16": "utf-16-le", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}  # of a header
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DECLARED = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,512}?(?:charset|encoding)\s*+=\s*+[\"']?\s*+([\w.:\-]{2,32})", re.I
)
_DECLARED_WITHIN = 4096  # bytes; browsers look at 1,024
_MAX_REPLACED_SHARE = 0.01  # letters that no rule could read
_MAX_CONTROL_SHARE = 0.01  # control letters; text has next to none, binary data about a tenth
_FEW_CONTROLS = 4  # so many a short page may have by mistake
_MAX_GUESSED_SHARE = 0.3  # bytes above 0x7F where no encoding is declared: western text has less
_CONTROL_BYTES = bytes(b for b in range(32) if b not in b"\t\n\r\x0c\x1b")


class Decoded(NamedTuple):
    """``text``, or the ``reason`` (``encoding``, ``not_a_document``) and what was seen."""

    text: str | None
    reason: str | None = None
    detail: str | None = None


def decode_page(data: bytes) -> Decoded:
    """Read the bytes of a page as text.

    In this order: a byte order mark; ISO-2022-JP if declared (its bytes are all ASCII); UTF-8;
    the declared encoding; where none is declared, UTF-8 again if most of it is sound, else
    windows-1252. The last of these may leave one letter in a hundred unread (U+FFFD stands for
    it); more is refused as ``encoding``, and data full of control bytes as ``not_a_document``.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _tolerant(data[len(mark) :], codec)
    controls = len(data) - len(data.translate(None, _CONTROL_BYTES))
    if controls > max(_FEW_CONTROLS, _MAX_CONTROL_SHARE * len(data)):
        return Decoded(None, "not_a_document", "control bytes of binary data")
    declared = _declared(data)
    for codec in ("iso2022_jp",) * (declared == "iso2022_jp") + ("utf-8", declared or "utf-8"):
        try:
            return Decoded(data.decode(codec))
        except UnicodeDecodeError:
            continue
    if declared:
        return _tolerant(data, declared)
    high = len(data) - len(data.translate(None, bytes(range(128, 256))))
    damaged = data.decode("utf-8", "ignore")  # its letters beyond ASCII were sound UTF-8
    sound = len(damaged) - len(data.translate(None, bytes(range(128, 256))))
    if high > _MAX_GUESSED_SHARE * len(data) or sound * 2 > high - sound * 2:
        return _tolerant(data, "utf-8")
    return _tolerant(data, "cp1252")


def as_utf8(data: bytes, charset: str | None) -> bytes:
    """Return a page's bytes as UTF-8 where the charset of its HTTP header reads all of them.

    A byte order mark, and bytes that are UTF-8 already, are stronger than the header, as for
    ``decode_page``, which decides on whatever is returned unchanged. UTF-16 is itself here: only
    inside a page that could be read so far does the word mean UTF-8.
    """
    name = (charset or "").strip().lower()
    codec = _UTF_16.get(name) or _CODECS.get(name, "utf-8")
    if codec == "utf-8" or any(data.startswith(mark) for mark, _ in _MARKS):
        return data
    try:
        if codec not in _UTF_16.values() and codec != "iso2022_jp":
            data.decode("utf-8")
            return data
    except UnicodeDecodeError:
        pass
    try:
        return data.decode(codec).encode("utf-8")
    except UnicodeError:
        return data


def _declared(data: bytes) -> str | None:
    found = _DECLARED.search(data[:_DECLARED_WITHIN])
    return _CODECS.get(found.group(1).decode("ascii").lower()) if found else None


def _tolerant(data: bytes, codec: str) -> Decoded:
    text = data.decode(codec, "replace")
    replaced = text.count("\ufffd") - (data.count(b"\xef\xbf\xbd") if codec == "utf-8" else 0)
    if replaced > _MAX_REPLACED_SHARE * len(text):
        return Decoded(None, "encoding", f"{replaced} of {len(text)} letters unreadable as {codec}")
    if text.count("\0") > _MAX_CONTROL_SHARE * len(text):
        return Decoded(None, "not_a_document", "control letters of binary data")
    return Decoded(text)
