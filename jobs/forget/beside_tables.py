"""What stages keep beside the tables: removed where it may tell of what is gone; it is made again."""

from collections.abc import Iterator

from jobs.export_places import unfinished_exports
from jobs.forget.context import Forgetting
from jobs.forget.derived_tables import Gone
from jobs.names import VIEW_FILES
from realsyn_lib.files import remove_folder, subfolders

_OF_IMAGES = ("dedup_images", "retrieve_texts")
_OF_SENTENCES = ("dedup_sentences", "retrieve_texts")


def clean_kept(work: Forgetting, gone: Gone) -> None:
    """Remove working files and exports of dead runs, and what stages remember of rows that are gone."""
    for place in _unwanted(work, gone):
        remove_folder(place)
        work.tell(f"{place.removeprefix(work.warehouse.files + '/')}: removed")


def _unwanted(work: Forgetting, gone: Gone) -> Iterator[str]:
    files = work.warehouse.files
    yield from subfolders(f"{files}/work")
    yield from unfinished_exports(files)
    stages: set[str] = set()
    stages |= set() if gone.images.isEmpty() else set(_OF_IMAGES)
    stages |= set() if gone.sentences.isEmpty() else set(_OF_SENTENCES)
    if stages:  # vectors by id, laid out for `realsyn view`
        yield from (one for one in subfolders(files) if one.rsplit("/", 1)[-1] == VIEW_FILES)
    for kind in ("memory", "kept"):
        yield from (
            one for one in subfolders(f"{files}/{kind}") if one.rsplit("/", 1)[-1] in stages
        )
