"""realsyn explain: the whole story of one image or one sentence."""

import argparse

from jobs.explain.find import find_image, find_sentence
from jobs.explain.image_story import tell_image
from jobs.explain.sentence_story import tell_sentence
from jobs.explain.story import Story
from jobs.published import open_published
from jobs.runtime import add_common_arguments
from jobs.staleness import staleness_of
from realsyn_lib.stages import STAGES


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the subcommand."""
    parser = subparsers.add_parser("explain", help="one image's or sentence's whole story")
    add_common_arguments(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--image", metavar="ID_OR_URL", help="image_id, or the address or path")
    what.add_argument("--sentence", metavar="TEXT", help="one whole sentence")
    parser.set_defaults(work=explain)


def explain(arguments: argparse.Namespace) -> int:
    """Print the story."""
    story = Story(open_published(arguments))
    if arguments.image is not None:
        image_id = find_image(story.published, arguments.image)
        print(f"image {image_id}")
        tell_image(story, image_id)
    else:
        sentence_id = find_sentence(story.published, arguments.sentence)
        print(f"sentence {sentence_id}")
        tell_sentence(story, sentence_id)
    others = _run_with_other_settings(story)
    if others:
        print(
            f"note: {', '.join(others)} ran with other settings than this command's, whose limits and "
            "model names stand below; give it the run's --env and --set"
        )
    print(story.text())
    return 0


def _run_with_other_settings(story: Story) -> list[str]:
    """Return the told stages whose published tables other settings made."""
    changed, runs = staleness_of(story.published), story.published.last_runs()
    told = {stage for stage, _line in story.lines}
    known = [spec for spec in STAGES if spec.name in told and spec.name in runs]
    return [spec.name for spec in known if "settings" in changed(spec, runs[spec.name])]
