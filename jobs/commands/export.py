"""realsyn export: one tier as files to train on, with a card that tells of them."""

import argparse

from jobs.export_place import require_replaceable
from jobs.export_places import remember_export
from jobs.export_tier import FORMATS, Exported, ExportSettings, Release, export_tier
from jobs.names import local_or_uri
from jobs.published import Published, open_published
from jobs.release_card import write_card
from jobs.runtime import add_common_arguments
from jobs.settings import limits_of
from realsyn_lib.errors import SettingError
from realsyn_lib.files import entries
from realsyn_lib.release.training import how_to_train
from realsyn_lib.tables import SAMPLES

_MOST_SHOWN = 20


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
    config = published.config
    settings = ExportSettings(config.release, config.images, limits_of(config.images, config.batch))

    remember_export(published.warehouse.files, place)

    def describe(folder: str, written: Exported) -> None:
        write_card(folder, published, arguments.tier, arguments.format, written)

    written = export_tier(
        Release(published.read), arguments.tier, arguments.format, place, settings, describe
    )
    _show(place)
    left = "".join(f", {count} left out as {why}" for why, count in written.refused.items())
    print(f"{written.rows} rows of tier {arguments.tier} as {arguments.format}{left}")
    if arguments.format == "webdataset":
        told = (arguments.warehouse, arguments.tier)
        print(*how_to_train(place, written.rows, written.shards, *told), sep="\n")
    return 0


def _show(place: str) -> None:
    files = [info for info in entries(place) if not info.base_name.startswith("_")]
    for info in files[:_MOST_SHOWN]:
        print(f"{place}/{info.base_name}  {info.size:,} bytes")
    if len(files) > _MOST_SHOWN:
        rest = files[_MOST_SHOWN:]
        print(f"and {len(rest)} more files, {sum(info.size for info in rest):,} bytes")


def _require_tier(published: Published, tier: str) -> None:
    rows = published.read(SAMPLES).select("tier").distinct().orderBy("tier").collect()
    tiers = [row["tier"] for row in rows]
    if tier not in tiers:
        raise SettingError(
            f"--tier {tier} is unknown; this warehouse has {', '.join(tiers) or 'none'}"
        )
