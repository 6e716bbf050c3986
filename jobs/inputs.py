"""What --input names: every file, in a fixed order, with what its content is known by."""

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from jobs.find_format import check_format, formats_in, found_format
from jobs.input_files import InputFile, Place, files_of, outermost, place_of, place_of_input
from realsyn_lib.config import Config
from realsyn_lib.errors import InputError
from realsyn_lib.integrity.guarded_files import read_guarded, write_guarded
from realsyn_lib.sources.formats import source_format
from realsyn_lib.sources.recognise import that_is
from realsyn_lib.sources.samples import PICTURES

INPUTS = "inputs.json"  # below the warehouse's files
_REMEMBERED = ("paths", "format", "image_root", "limit")  # never the leave to remove documents
_PICTURES = tuple(f".{kind}" for kind in PICTURES)


@dataclass(frozen=True)
class InputSpec:
    """What --input, --format, --image-root, --limit and --allow-removal said."""

    paths: tuple[str, ...] = ()
    format: str | None = None
    image_root: str | None = None
    limit: int | None = None
    allow_removal: bool = False


@dataclass(frozen=True)
class InputFiles:
    """The documents' files with their format, and those that pictures may be among.

    Those are the files below --image-root, without one what else lies below the inputs; and the documents'
    own, where a format has its pictures there.
    """

    documents: tuple[InputFile, ...]
    others: tuple[InputFile, ...]
    format: str

    def fingerprints(self) -> dict[str, int]:
        """Digest of names, sizes and times: a changed file is a changed input."""
        return {"input_documents": _fingerprint(self.documents)}

    def image_fingerprints(self, column: str | None = None) -> dict[str, int]:
        """The same of the files that images may lie in: where a column holds them, the documents' own."""
        if column is None:
            return {"input_images": _fingerprint(self.others)}
        return {"input_images": _fingerprint(self.documents, column)}


def picture_column(config: Config, format_name: str | None) -> str | None:
    """Return the name of the input's column that holds pictures; None where none does."""
    return config.sources.columns.image if format_name == "columns" else None


def list_inputs(inputs: InputSpec) -> InputFiles:
    """List the files of the inputs and of the image root.

    Raises:
        InputError: an input that does not exist, cannot be read or holds no file of the format,
            or where none was named of any; files that are clearly of another; two files that would
            have one address.
    """
    listed = [(place, list(files_of(place))) for place in _places(inputs)]
    named = [file for place, files in listed for file in files if place.names(file)]
    name = inputs.format or found_format(named)
    suffixes = source_format(name).suffixes
    documents: list[InputFile] = []
    others: list[InputFile] = []
    for place, files in listed:
        found = [file for file in files if _is_document(file, place, suffixes)]
        if not found:
            raise InputError(_nothing_found(place, name, suffixes, files))
        documents += found
        others += [file for file in files if not _is_document(file, place, suffixes)]
    check_format(name, documents)
    if inputs.image_root:
        others = list(files_of(place_of(inputs.image_root, "--image-root")))
    if source_format(name).samples is not None:
        others += documents
    result = InputFiles(_in_order(documents), _in_order(others), name)
    _refuse_equal_addresses(result.documents)
    _refuse_equal_addresses(file for file in result.others if _is_picture(file))
    return result


def image_roots(inputs: InputSpec) -> tuple[str, ...]:
    """Return the folders that relative image URLs resolve under, in order.

    Beside --image-root they are the inputs' own only where a format has its pictures there.
    """
    named = [inputs.image_root] if inputs.image_root else []
    form = source_format(inputs.format) if inputs.format else None
    if not named or (form is not None and form.samples is not None):
        named += [place.folder for place in _places(inputs)]
    return tuple(dict.fromkeys(named))


def remember_inputs(files: str, inputs: InputSpec) -> None:
    """Keep the inputs' places with the warehouse, for stages that are run alone later."""
    values = {name: getattr(inputs, name) for name in _REMEMBERED}
    write_guarded(f"{files}/{INPUTS}", json.dumps(values, sort_keys=True))


def remembered_inputs(files: str) -> InputSpec | None:
    """Return the inputs of the last run whose documents were accepted."""
    text = read_guarded(f"{files}/{INPUTS}")
    if text is None:
        return None
    values = {name: value for name, value in json.loads(text).items() if name in _REMEMBERED}
    return InputSpec(**{**values, "paths": tuple(values["paths"])})


def completed(given: InputSpec, known: InputSpec | None) -> InputSpec:
    """Take from memory what a command without --input did not say."""
    if known is None or given.paths:
        return given
    return replace(
        given,
        paths=known.paths,
        format=given.format or known.format,
        image_root=given.image_root or known.image_root,
        limit=known.limit if given.limit is None else given.limit,
    )


def _places(inputs: InputSpec) -> list[Place]:
    return outermost(map(place_of_input, inputs.paths))


def _is_document(file: InputFile, place: Place, suffixes: tuple[str, ...]) -> bool:
    return place.names(file) and file.source.lower().endswith(suffixes)


def _is_picture(file: InputFile) -> bool:
    """A name that pages are likely to ask for; of any other the fetch tells if two answer to it."""
    return file.source.lower().endswith(_PICTURES)


def _refuse_equal_addresses(in_order: Iterable[InputFile]) -> None:
    """Refuse two inputs with a file of one name: each page and picture is known by its address."""
    for first, second in pairwise(in_order):
        if first.source == second.source:
            raise InputError(
                f"--input: {first.path} and {second.path} would both have the address "
                f"{first.source}; name one folder that holds both inputs, such as their common "
                "parent folder, instead of the two"
            )


def _in_order(files: list[InputFile]) -> tuple[InputFile, ...]:
    """Sort files by address; one that two patterns name comes once, under the smaller address."""
    once: dict[str, InputFile] = {}
    for file in sorted(files, key=lambda file: (file.source, file.path)):
        once.setdefault(file.path if file.problem is None else file.source, file)
    return tuple(once.values())


def _fingerprint(files: tuple[InputFile, ...], column: str = "") -> int:
    digest = hashlib.sha256(column.encode())
    for file in files:
        digest.update(repr((file.source, file.size_bytes, file.mtime_ns, file.problem)).encode())
    return int.from_bytes(digest.digest()[:8], "big", signed=True)


def _nothing_found(
    place: Place, name: str, suffixes: tuple[str, ...], files: list[InputFile]
) -> str:
    kinds = sorted({os.path.splitext(file.source)[1] or "(none)" for file in files})
    seen = f"{len(files)} files ({', '.join(kinds[:5])})" if files else "no files"
    shown = f"{place.location}/{place.pattern}" if place.pattern else place.location
    return (
        f"--input {shown} holds no {' or '.join(suffixes)} file, which --format {name} reads; "
        f"found {seen}{that_is(formats_in(files))}; name another folder or --format"
    )
