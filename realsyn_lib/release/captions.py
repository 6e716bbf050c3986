"""Which of its four texts a training sample has as its caption."""

from collections.abc import Sequence

from realsyn_lib.release.options import CaptionChoice
from realsyn_lib.release.records import TEXT_COLUMNS


def caption_of(texts: Sequence[str | None], choice: CaptionChoice, rank: int) -> str:
    """Return the caption of a sample.

    Args:
        texts: in the order of ``TEXT_COLUMNS``; null where the image has no such text.
        choice: a column, or ``any``: one of the texts that there are, each as likely, always the
            same for the same image.
        rank: the sample's hash rank. Its last bits choose, its first ones order the samples, so
            that a shard has all kinds of texts.

    Returns:
        The text; where the column is null, the first one that is not; an empty text where there
        is none at all.
    """
    present = [text for text in texts if text is not None]
    if not present:
        return ""
    if choice == "any":
        return present[rank % len(present)]
    wanted = texts[TEXT_COLUMNS.index(choice)]
    return present[0] if wanted is None else wanted
