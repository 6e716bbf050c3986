"""From what a person types to the id of an image or a sentence."""

import pyarrow as pa
from pyspark.sql.functions import col, expr

from jobs.published import Published
from realsyn_lib.dedup.words import normalised, normalised_sql
from realsyn_lib.errors import InputError
from realsyn_lib.ids import content_hash_id
from realsyn_lib.sentences.clean import clean_text
from realsyn_lib.tables import IMAGES_FOUND, SENTENCES_FOUND
from realsyn_lib.urls import canonical_url, local_url


def find_image(published: Published, text: str) -> int:
    """Return the id of an image told by id, canonical address, path or address as in its page.

    Raises:
        InputError: no such image was found in a document; the text says what was tried.
    """
    ids = _possible_ids(text)
    same = col("image_id").isin(sorted(ids)) | (col("raw_url") == text) | (col("url") == text)
    rows = published.read(IMAGES_FOUND).where(same & col("image_id").isNotNull())
    found = rows.select("image_id").distinct().orderBy("image_id").limit(10).collect()
    if not found:
        refused = published.read(IMAGES_FOUND).where(col("raw_url") == text)
        raise InputError(_image_missing(text, ids, [row["detail"] for row in refused.collect()]))
    if len(found) > 1:
        listed = ", ".join(str(row["image_id"]) for row in found)
        raise InputError(
            f"--image {text}: several images are written so: {listed}; name one by its id"
        )
    return int(found[0]["image_id"])


def find_sentence(published: Published, text: str) -> int:
    """Return the id of a sentence: of the text as extraction cleans it, else of one that reads so.

    Raises:
        InputError: no such sentence was found in a document; the text says what was tried.
    """
    cleaned = clean_text(text)
    exact = content_hash_id(cleaned)
    rows = published.read(SENTENCES_FOUND)
    if rows.where(col("sentence_id") == exact).limit(1).count():
        return exact
    folded = normalised(pa.array([cleaned]))[0].as_py()
    alike = rows.where(expr(normalised_sql("text")) == folded).select("sentence_id")
    found = alike.agg({"sentence_id": "min"}).collect()[0][0] if folded else None
    if found is None:
        raise InputError(
            f"--sentence: no sentence of {published.warehouse.location} is {cleaned!r} (id {exact}), "
            f"nor {folded!r} without case and punctuation; give one whole sentence as it stands"
        )
    return int(found)


def _possible_ids(text: str) -> set[int]:
    addresses = {text, canonical_url(text, "").url, local_url(text).url}
    ids = {content_hash_id(clean_text(address)) for address in addresses if address}
    number = text.removeprefix("-")
    if number.isascii() and number.isdigit() and len(number) <= 19 and abs(int(text)) < 2**63:
        ids.add(int(text))
    return ids


def _image_missing(text: str, ids: set[int], refusals: list[str | None]) -> str:
    if refusals:
        return (
            f"--image {text}: a document names it, but its address was refused as bad_url "
            f"({refusals[0]}); it has no image_id, see images_found and quarantine"
        )
    tried = ", ".join(str(id) for id in sorted(ids))
    return (
        f"--image {text}: no document names it; tried the ids {tried} and the address as pages "
        "write it; give an image_id or url of the table images_found"
    )
