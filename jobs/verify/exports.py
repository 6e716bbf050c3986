"""The files of releases and exports, held to the list that each has of its own."""

from collections.abc import Iterator, Sequence

from jobs.export_place import exported_names
from jobs.export_places import exports_of, is_instruction_set, releases
from jobs.ledger import StageRun
from jobs.verify.damage import OwnFile, Part
from realsyn_lib.files import read_bytes
from realsyn_lib.generation.instructions import TASKS_FILE
from realsyn_lib.release.checksums import MARKER, SUMS, damage_of_marker, sums_of
from realsyn_lib.release.unfinished import is_beside

_RELEASED = ".rows"  # metrics of publish_release: TIER.FORMAT.rows


def export_parts(files: str, published: StageRun | None, exports: Sequence[str]) -> Iterator[Part]:
    """Yield the releases, the exports that are remembered and there, and those that the user names."""
    expected = [f"{files}/releases/{name}" for name in _released(published)]
    own = [place for place in releases(files) if not is_beside(place)]
    there, _gone = exports_of(files, list(exports))
    for place in dict.fromkeys([*expected, *own, *there]):
        is_own = place.startswith(f"{files}/")
        name = (
            f"release {place.removeprefix(f'{files}/releases/')}" if is_own else f"export {place}"
        )
        remedy = "run publish_release again with --force" if is_own else "export again"
        if is_instruction_set(place):  # what stands beside the tasks is their user's to change
            yield _part(name, place, "give `realsyn instructions` again", only=TASKS_FILE)
        else:
            yield _part(name, place, remedy)


def _released(run: StageRun | None) -> Iterator[str]:
    for metric in run.metrics if run else ():
        if metric.endswith(_RELEASED):
            yield metric.removesuffix(_RELEASED).replace(".", "/")


def _part(name: str, place: str, remedy: str, only: str | None = None) -> Part:
    marker, sums = read_bytes(f"{place}/{MARKER}"), read_bytes(f"{place}/{SUMS}")
    problem = f"{MARKER} is missing" if marker is None else damage_of_marker(marker, sums)
    if problem is not None or sums is None:
        return Part(name, [], remedy, f"{place}: {problem}")
    listed, names = sums_of(sums.decode()), exported_names(place)
    if only is not None:
        listed, names = {name: listed[name] for name in listed if name == only}, [only]
    files = [OwnFile(f"{place}/{file}", digest) for file, digest in sorted(listed.items())]
    others = [file for file in names if file not in listed]
    unknown = f"{place}/{others[0]} is none of the export's files" if others else None
    return Part(name, files, remedy, unknown)
