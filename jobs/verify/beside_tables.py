"""The files beside the tables that stages and commands read again: each has a digest, or checksums."""

from collections.abc import Iterator

from jobs.export_places import EXPORTS
from jobs.index_files import INDEXES
from jobs.inputs import INPUTS
from jobs.ledger import StageRun
from jobs.memory import SEAL, folder_of
from jobs.names import REPORT
from jobs.published import Published
from jobs.verify.damage import OwnFile, Part
from jobs.verify.places import files_below
from realsyn_lib.files import is_file

_INDEXED = ("words", "sentence_centroids", "image_centroids")
_FORCE = "restore it from a backup, or run {} again with --force"


def index_parts(files: str) -> Iterator[Part]:
    """Yield every index file: its digest is in its name."""
    for location, info in files_below(f"{files}/{INDEXES}"):
        if not info.base_name.startswith((".", "_")):
            name = f"index file {info.base_name}"
            digest = info.base_name.rsplit(".", 1)[0].rsplit("-", 1)[-1]
            yield Part(name, [OwnFile(location, digest)], _FORCE.format("its stage"))


def missing_indexes(published: Published) -> Iterator[Part]:
    """Yield the tables that must have an index file; what is published without one has a problem."""
    folder = f"{published.warehouse.files}/{INDEXES}"
    names = [info.base_name for _, info in files_below(folder)]
    for table in _INDEXED:
        if published.ledger.published(table) is not None:
            is_there = any(name.startswith(f"{table}-") for name in names)
            problem = None if is_there else f"there is no file of it in {folder}"
            yield Part(f"index file of {table}", [], "run its stage with --force", problem)


def kept_parts(files: str, runs: dict[str, StageRun]) -> Iterator[Part]:
    """Yield what stages keep for their next run: files named by content, and what published runs wrote."""
    for stage, run in runs.items():
        name = f"kept by {stage}"
        own = [
            OwnFile(location, info.base_name.removesuffix(".arrow"))
            for location, info in files_below(f"{files}/kept/{stage}")
            if not info.base_name.startswith(".")
        ]
        memory = folder_of(run)
        place = f"{files}/memory/{stage}/{memory}"
        if memory is not None and is_file(f"{place}/{SEAL}"):
            own += [
                OwnFile(location)
                for location, info in files_below(place)
                if not info.base_name.startswith(".")
            ]
        if own:
            remedy = (
                f"remove {files}/kept/{stage} and {files}/memory/{stage}: the next run does without"
            )
            yield Part(name, own, remedy)


def small_parts(files: str) -> Iterator[Part]:
    """Yield the single files of commands."""
    remedies = {
        INPUTS: "give the next run its --input again",
        EXPORTS: "restore it from a backup: `realsyn forget` finds exports by it",
        REPORT: "`realsyn report` writes it anew",
    }
    for name, remedy in remedies.items():
        location = f"{files}/{name}"
        if is_file(location):
            yield Part(name, [OwnFile(location)], remedy)
