"""Which format the files of an input are in: found by looking, or held to what was named."""

from collections.abc import Iterable, Sequence

from jobs.input_files import InputFile
from realsyn_lib.errors import InputError
from realsyn_lib.files import open_seekable
from realsyn_lib.sources.formats import FORMATS, source_format
from realsyn_lib.sources.recognise import Seen, look_at, that_is
from realsyn_lib.sources.samples import TEXTS

_TEXT_ENDINGS = tuple(f".{kind}" for kind in TEXTS)


def found_format(files: Sequence[InputFile]) -> str:
    """Return the one format that the files are in; one file of each ending is looked at.

    Files of endings that no format has, and those that look like none, are what lies beside the
    documents (pictures, notes).

    Raises:
        InputError: none of them is of a known format, or they are of several; says what was seen.
    """
    seen = [(file, _look(file)) for file in _one_of_each_ending(files)]
    named = {look.formats[0]: file for file, look in seen if look.formats}
    if len(named) > 1:
        named.pop("images", None)  # pictures lie beside documents of other formats
    if len(named) == 1:
        return next(iter(named))
    if named:
        found = ", ".join(f"{file.path} ({name})" for name, file in sorted(named.items()))
        raise InputError(f"--input holds files of several formats: {found}; say --format")
    looked = "; ".join(f"{file.path} {look.words}" for file, look in seen[:5])
    raise InputError(
        f"--format is missing, and none of the {len(files)} files of --input is of a known format"
        f"{f': {looked}' if looked else ''}; expected one of {', '.join(sorted(FORMATS))}; of a parquet of "
        "other columns say --format columns, and which holds what: --set sources.columns.image=IMAGE --set "
        "sources.columns.text=TEXT"
    )


def formats_in(files: Iterable[InputFile]) -> tuple[str, ...]:
    """Return the formats that files seem to be in, one file of each ending looked at."""
    seen = (_look(file) for file in _one_of_each_ending(files))
    return tuple(sorted({look.formats[0] for look in seen if look.formats}))


def check_format(name: str, documents: Iterable[InputFile]) -> None:
    """Hold what was named to the first file that can be read.

    Raises:
        InputError: it is clearly something else; says what.
    """
    is_open = (
        source_format(name).samples is not None
    )  # then texts beside pictures are documents too
    sound = (file for file in documents if not file.problem and file.size_bytes)
    told = (f for f in sound if not is_open or not f.source.lower().endswith(_TEXT_ENDINGS))
    file = next(told, None)
    if file is None or name in ("columns", "html"):  # any text may be a page, any table one's own
        return
    seen = _look(file)
    of_table = _is_table(name) and not any(map(_is_table, seen.formats))
    if not seen.is_certain or name in seen.formats or of_table:
        return  # of a table that is none of ours, extraction names the column that is missing
    raise InputError(
        f"--format {name}, but {file.path} {seen.words}{that_is(seen.formats)}; name another --format "
        "or --input"
    )


def _is_table(name: str) -> bool:
    return source_format(name).columns is not None


def _one_of_each_ending(files: Iterable[InputFile]) -> list[InputFile]:
    """Return the first file of each ending that a format has."""
    endings = sorted({end for form in FORMATS.values() for end in form.suffixes}, key=len)
    found: dict[str, InputFile] = {}
    for file in sorted(files, key=lambda file: (file.source, file.path)):
        if file.problem or not file.size_bytes:
            continue
        for ending in endings:
            if file.source.lower().endswith(ending):
                found.setdefault(ending, file)
    return list({file.path: file for file in found.values()}.values())


def _look(file: InputFile) -> Seen:
    if file.source.lower().endswith(source_format("html").suffixes):
        return Seen(("html",), "is named like an HTML page")
    try:
        with open_seekable(file.path) as opened:
            return look_at(opened)
    except OSError as error:
        return Seen((), f"cannot be read ({error.strerror or error})", is_certain=False)
