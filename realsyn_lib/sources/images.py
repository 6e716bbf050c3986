"""Pictures without text: a folder of any depth, or tar archives of them."""

from typing import Any

from realsyn_lib.documents import Document, ImageItem, refused
from realsyn_lib.sources.interleaved import BadRowError
from realsyn_lib.sources.samples import (
    PICTURES,
    SampleLayout,
    address_of,
    members_of,
    picture_in,
)

IMAGES_LAYOUT = SampleLayout(PICTURES, is_grouped=False)


def parse_images(record: Any) -> Document:
    """Return the document of one picture: an image and no text, its own address the page's.

    Names of folders are no text: they are labels of somebody's, not what a sentence says.
    """
    source, locator = record["source"], record["locator"]
    picture = picture_in(members_of(record))
    if picture is None:
        return refused(source, locator, "empty_document", None)
    try:
        url = address_of(source, picture)
    except BadRowError as bad:
        return refused(source, locator, *bad.args)
    return Document(source, locator, url, None, (ImageItem(url, url, None, None),))
