"""realsyn explain: the whole story of one image or one sentence."""

import argparse

from jobs.explain.find import find_image, find_sentence
from jobs.explain.image_story import tell_image
from jobs.explain.sentence_story import tell_sentence
from jobs.explain.story import Story
from jobs.published import open_published
from jobs.runtime import add_common_arguments


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
    print(story.text())
    return 0
