"""realsyn export: one tier as files to train on."""

import argparse

from pyarrow import fs

from jobs.export_tier import FORMATS, MARKER, Release, export_tier, train_command
from jobs.names import local_or_uri
from jobs.published import Published, open_published
from jobs.runtime import add_common_arguments
from realsyn_lib.errors import InputError, SettingError
from realsyn_lib.files import open_file_system
from realsyn_lib.tables import SAMPLES


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser("export", help="write one tier as parquet or webdataset")
    add_common_arguments(parser)
    parser.add_argument("--tier", required=True, help="name in balance.tiers")
    parser.add_argument("--to", required=True, metavar="DIR", help="replaced if it is an export")
    parser.add_argument("--format", choices=FORMATS, default="parquet")
    parser.set_defaults(work=export)


def export(arguments: argparse.Namespace) -> int:
    """Write the files and say what they are."""
    place = local_or_uri(arguments.to).rstrip("/")
    require_replaceable(place)
    published = open_published(arguments)
    _require_tier(published, arguments.tier)
    written = export_tier(
        Release(published.read), arguments.tier, arguments.format, place, published.config.release
    )
    files = [info for info in _files(place) if not info.base_name.startswith("_")]
    for info in files:
        print(f"{place}/{info.base_name}  {info.size:,} bytes")
    left = "".join(f", {count} left out as {why}" for why, count in written.refused.items())
    print(f"{written.rows} rows of tier {arguments.tier} as {arguments.format}{left}")
    shards = [info.base_name[:-4] for info in files if info.base_name.endswith(".tar")]
    if shards:
        print(train_command(place, written.rows, shards))
    return 0


def require_replaceable(place: str) -> None:
    """Refuse a place that holds anything but an earlier export.

    Raises:
        InputError: a file, or a folder with files that no export wrote.
    """
    system, path = open_file_system(place)
    kind = system.get_file_info(path).type
    if kind == fs.FileType.File:
        raise InputError(f"--to {place} is a file; name a folder that is new, empty or an export")
    if kind == fs.FileType.NotFound:
        return
    names = [info.base_name for info in _files(place)]
    if names and MARKER not in names:
        raise InputError(
            f"--to {place} holds {len(names)} files that no export wrote, such as {min(names)}; "
            "name a folder that is new, empty or an earlier export"
        )


def _require_tier(published: Published, tier: str) -> None:
    rows = published.read(SAMPLES).select("tier").distinct().orderBy("tier").collect()
    tiers = [row["tier"] for row in rows]
    if tier not in tiers:
        raise SettingError(
            f"--tier {tier} is unknown; this warehouse has {', '.join(tiers) or 'none'}"
        )


def _files(place: str) -> list[fs.FileInfo]:
    system, path = open_file_system(place)
    found = system.get_file_info(fs.FileSelector(path))
    return sorted(found, key=lambda info: info.base_name)
