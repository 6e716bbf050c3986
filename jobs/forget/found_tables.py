"""documents, images_found, sentences_found without what is named."""

from jobs.forget.context import Forgetting
from jobs.forget.losses import PLACE_SQL, Occurrences
from jobs.forget.merges import delete_rows, update_rows
from realsyn_lib.forget.documents import REASON
from realsyn_lib.tables import DOCUMENTS, IMAGES_FOUND, SENTENCES_FOUND

_SAME_PLACE = "t.document_id = s.document_id AND t.position = s.position"
_SAME_ROW = f"{PLACE_SQL.format('t.')} = s.place"
_NAMED_IMAGE = {
    "image_id": "CASE WHEN s.is_named THEN NULL ELSE t.image_id END",
    "url": "CASE WHEN s.is_named THEN NULL ELSE t.url END",
    "raw_url": "CASE WHEN s.is_named THEN '' ELSE t.raw_url END",
    "alt_text": "NULL",
    "drop_reason": f"CASE WHEN s.is_named THEN '{REASON}' ELSE t.drop_reason END",
    "detail": "CASE WHEN s.is_named THEN NULL ELSE t.detail END",
    "stored_at": "CASE WHEN s.is_named THEN NULL ELSE t.stored_at END",
    "stated_sha256": "CASE WHEN s.is_named THEN NULL ELSE t.stated_sha256 END",
}


def clean_found(work: Forgetting, places: Occurrences) -> None:
    """Take out the occurrences first: they are found by the documents."""
    for table in (IMAGES_FOUND, SENTENCES_FOUND):
        delete_rows(work, table, places.gone)
    delete_rows(work, SENTENCES_FOUND, places.sentences)
    images = places.images.groupBy("document_id", "position").agg({"is_named": "max"})
    images = images.toDF("document_id", "position", "is_named")
    update_rows(work, IMAGES_FOUND, images, _SAME_PLACE, _NAMED_IMAGE)
    values = {name: f"s.`{name}`" for name in DOCUMENTS.names}
    update_rows(work, DOCUMENTS, places.documents, _SAME_ROW, values)
