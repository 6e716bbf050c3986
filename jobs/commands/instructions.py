"""realsyn instructions: merge tasks answered by a teacher, as files to tune a generator on."""

import argparse

from jobs.answers import Asking
from jobs.export_place import require_replaceable
from jobs.generate_texts import answer_rules
from jobs.instruction_set import write_instruction_set
from jobs.model_digests import open_registry, sound_digest
from jobs.names import local_or_uri
from jobs.published import open_published
from jobs.runtime import add_common_arguments
from jobs.settings import use_of
from realsyn_lib.config import load_config
from realsyn_lib.errors import SettingError
from realsyn_lib.generation.instructions import TRAIN_FILE

MOST_ROWS = 10**8


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "instructions", help="write merge tasks with a teacher's answers, for LLaMA-Factory"
    )
    add_common_arguments(parser)
    parser.add_argument("--to", required=True, metavar="DIR", help="replaced if it is an export")
    parser.add_argument("--rows", type=int, default=100_000, metavar="N", help="tasks to be asked")
    parser.add_argument("--teacher", metavar="NAME", help="generator in models.yaml")
    parser.set_defaults(work=instructions)


def instructions(arguments: argparse.Namespace) -> int:
    """Write the files and say what they are."""
    if not 1 <= arguments.rows <= MOST_ROWS:
        raise SettingError(f"--rows is {arguments.rows}, expected 1 to {MOST_ROWS}")
    place = local_or_uri(arguments.to).rstrip("/")
    require_replaceable(place)
    config = load_config(arguments.env, arguments.settings)
    teacher = arguments.teacher or config.models.generator
    digest = sound_digest(open_registry(), teacher, "generator")  # no model, no Spark
    asking = Asking.of(use_of(teacher, config.resources), digest, config)
    published = open_published(arguments)
    found = write_instruction_set(
        published,
        asking,
        answer_rules(config.generate),
        arguments.rows,
        config.generate.seed,
        place,
    )
    print(
        f"{found.written} of {found.asked} merge tasks in {place}: {found.newly_asked} asked of "
        f"{asking.generator.name} now, the others known; train with {TRAIN_FILE}"
    )
    return 0
