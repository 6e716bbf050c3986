"""Where the shards of a tier lie."""

from realsyn_lib.errors import InputError, SettingError
from realsyn_lib.files import read_bytes, subfolders
from realsyn_lib.release.checksums import MARKER, marker_facts
from realsyn_lib.training.shards import TrainingShards, shards_at


def tier_shards(files: str, tier: str, place: str | None) -> TrainingShards:
    """Return the shards of a tier: at ``place``, or where publish_release has written them.

    Args:
        files: folder or URI beside the tables.
        tier: its name.
        place: folder or URI of an export, or None.

    Raises:
        SettingError: the warehouse has published no such tier.
        InputError: the tier is not there as webdataset, or the place holds another one.
    """
    if place is None:
        place = f"{files}/releases/{tier}/webdataset"
        _require_published(files, tier, place)
    marker = read_bytes(f"{place}/{MARKER}")
    if marker is None:
        raise InputError(
            f"--shards {place}: there is no {MARKER}, which every export has; name a folder that "
            "`realsyn export --format webdataset` wrote"
        )
    facts = marker_facts(place, marker)
    if (facts.get("tier"), facts.get("format")) != (tier, "webdataset"):
        raise InputError(
            f"--shards {place}: it holds tier {facts.get('tier')} as {facts.get('format')}, "
            f"expected {tier} as webdataset"
        )
    return shards_at(place)


def _require_published(files: str, tier: str, place: str) -> None:
    known = [folder.rpartition("/")[2] for folder in subfolders(f"{files}/releases")]
    if tier not in known:
        raise SettingError(
            f"--tier {tier} is unknown; published below {files}/releases: {', '.join(known) or 'none'}"
        )
    if read_bytes(f"{place}/{MARKER}") is None:
        raise InputError(
            f"--tier {tier} is not published as webdataset; export it with `realsyn export --tier {tier} "
            "--format webdataset --to DIR` and say --shards DIR, or run the stage publish_release with "
            "--set 'release.formats=[parquet, webdataset]'"
        )
