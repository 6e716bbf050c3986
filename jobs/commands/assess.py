"""realsyn assess: topics, richness and diversity of any table of pairs, or of two side by side."""

import argparse
import os

from jobs.assess.pair_tables import names_of, open_pairs
from jobs.model_digests import open_registry, parser_use, sound_digest
from jobs.names import local_folder, local_or_uri
from jobs.session import open_session
from realsyn_lib.config import ENVIRONMENTS, Config, load_config
from realsyn_lib.errors import SettingError
from realsyn_lib.files import write_text
from realsyn_lib.report.assessment_page import assessment_page
from realsyn_lib.report.content import Fact
from realsyn_lib.tables import RUNS

_MOST_TABLES = 2
_PAGE = "assess.html"


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "assess", help="topics, richness and diversity of any table of pairs, or of two"
    )
    parser.add_argument(
        "--pairs", action="append", required=True, metavar="TABLE",
        help="warehouse, Delta table or parquet files of pairs; a second one is set beside the first",
    )  # fmt: skip
    parser.add_argument("--out", required=True, metavar="DIR", help=f"tables and {_PAGE}")
    parser.add_argument(
        "--env", default="local", choices=ENVIRONMENTS, help="settings to start from"
    )
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="KEY=VALUE")
    parser.set_defaults(work=assess)


def assess(arguments: argparse.Namespace) -> int:
    """Assess, write the tables and the page, and say where they are."""
    from jobs.assess.side_by_side import assess_side_by_side

    if len(arguments.pairs) > _MOST_TABLES:
        raise SettingError(f"--pairs is given {len(arguments.pairs)} times, expected once or twice")
    out = local_or_uri(arguments.out)
    _require_own_folder(out)
    config = load_config(arguments.env, arguments.settings)
    _require_models(config)
    parser = parser_use(open_registry(), config.models.parser)
    locations = [local_or_uri(location) for location in arguments.pairs]
    spark = open_session(config, "realsyn assess", locations=(*locations, out))
    names = names_of(locations)
    tables = [
        open_pairs(spark, location, name, config)
        for location, name in zip(locations, names, strict=True)
    ]
    found = assess_side_by_side(spark, tables, out, config, parser)
    facts = [Fact(name, location) for name, location in zip(names, locations, strict=True)]
    write_text(f"{out}/{_PAGE}", assessment_page(found, facts))
    print(f"assessment: {out}/{_PAGE}; tables in {', '.join(f'{out}/{name}' for name in names)}")
    return 0


def _require_own_folder(out: str) -> None:
    """Refuse a warehouse as the place of the tables: its own are published by its runs."""
    folder = local_folder(out)
    if folder is not None and folder.is_file():
        raise SettingError(f"--out {out} is a file; name a folder")
    if folder is not None and os.path.isdir(folder / RUNS.name / "_delta_log"):
        raise SettingError(
            f"--out {out} is a warehouse, whose own assessment is in its report; name another folder"
        )


def _require_models(config: Config) -> None:
    """Stop before Spark starts where a model is missing."""
    registry = open_registry()
    sound_digest(registry, config.models.parser, "parser")
    if config.assess.perplexity_rows:
        sound_digest(registry, config.models.language_model, "language_model")
