"""sentences, image_embeddings -> a list of tags that the tagger does not know: what the texts speak of."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import broadcast, col, count_distinct, expr

from jobs.fit_sample import hash_sample
from jobs.model_digests import open_registry, parser_use
from jobs.model_tasks import map_model
from jobs.published import Published
from jobs.settings import use_of
from jobs.spread import spread
from realsyn_lib.embeddings import Vectors, vectors_of
from realsyn_lib.errors import InputError, SettingError
from realsyn_lib.models.tag_lists import distinct_tags
from realsyn_lib.tables import IMAGE_EMBEDDINGS, SENTENCES
from udfs.noun_phrases import PHRASES_DDL, find_noun_phrases
from udfs.standing_out import score_tags
from udfs.tag_labels import LABELS_DDL, tag_labels

SCORED_PER_ROW = (
    4  # of the most frequent phrases so many for each tag wanted are held to the images
)
SAMPLE_IMAGES = 8192  # 32 MB of 1,024 numbers in each worker
SEED = 1
_SCORED_DDL = "key string, tag string, documents bigint, standing_out double"


@dataclass(frozen=True)
class MineSettings:
    """How many tags; in how many documents each occurs at least; whether images are asked."""

    rows: int
    min_documents: int
    by_images: bool = True


def counted(sentences: DataFrame, folder: str, min_documents: int) -> DataFrame:
    """Return key, tag, documents of the noun phrases in (document_id, text).

    Singular and plural count as one; the tag is the singular where it occurs, else the plural.
    Each document is that of a sentence's first occurrence.
    """
    found = sentences.select("document_id", "text").mapInArrow(
        find_noun_phrases(folder), PHRASES_DDL
    )
    forms = found.groupBy("key").agg(
        count_distinct("document_id").alias("documents"),
        expr("min(struct(phrase <> key AS is_plural, phrase))").alias("form"),
    )
    often = forms.where(col("documents") >= min_documents)
    return often.select("key", col("form.phrase").alias("tag"), "documents")


def unknown(phrases: DataFrame, known: DataFrame) -> DataFrame:
    """Leave out what is among the labels ``known``, in one form or the other."""
    labels = broadcast(known)
    left = phrases.join(labels, col("key") == col("known"), "left_anti")
    return left.join(labels, col("tag") == col("known"), "left_anti")


def most_frequent(phrases: DataFrame, rows: int) -> DataFrame:
    """Return those in most documents; of equal ones the earlier in the alphabet."""
    return phrases.orderBy(col("documents").desc(), "key").limit(rows)


def most_seen(phrases: DataFrame, rows: int) -> DataFrame:
    """Return those for which some images stand out most; then the more frequent."""
    return phrases.orderBy(col("standing_out").desc(), col("documents").desc(), "key").limit(rows)


def mine_tags(published: Published, settings: MineSettings) -> list[str]:
    """Return the mined tags of a warehouse, best first.

    Raises:
        SettingError: the parser is no light one.
        InputError: no phrase is frequent enough, or no image has a vector.
    """
    config = published.config
    parser = parser_use(open_registry(), config.models.parser)
    if parser.loader != "data":
        raise SettingError(
            f"models.parser {config.models.parser} gives no tags of words here; mine with "
            "--set models.parser=light"
        )
    kept = published.read(SENTENCES).where(col("drop_reason").isNull())
    tagger, encoder = (
        use_of(name, config.resources) for name in (config.models.tagger, config.models.encoder)
    )
    one = published.warehouse.spark.range(1)
    labels = map_model(one, tag_labels(tagger), LABELS_DDL, tagger)
    new = unknown(counted(kept, parser.folder, settings.min_documents), labels)
    if settings.by_images:
        common = most_frequent(new, SCORED_PER_ROW * settings.rows)
        score = score_tags(encoder, _sample(published))
        dealt = spread(common, config.spark.shuffle_partitions, "key")
        best = most_seen(map_model(dealt, score, _SCORED_DDL, encoder), settings.rows)
    else:
        best = most_frequent(new, settings.rows)
    tags = distinct_tags(best.select("tag").toArrow()["tag"].to_pylist())
    if not tags:
        raise InputError(
            f"{published.warehouse.location}: no new noun phrase stands in {settings.min_documents} "
            "documents; lower --min-documents"
        )
    return tags


def _sample(published: Published) -> Vectors:
    """Return the vectors of some ``SAMPLE_IMAGES`` images chosen by hash, in the order of their ids."""
    sound = published.read(IMAGE_EMBEDDINGS).where(col("drop_reason").isNull())
    chosen = hash_sample(sound, sound.count(), SAMPLE_IMAGES, SEED, "image_id")
    rows = chosen.select("image_id", "embedding").toArrow().sort_by("image_id")
    if rows.num_rows == 0:
        raise InputError(
            f"{published.warehouse.location}: no image has a vector; use --by documents"
        )
    return vectors_of(rows["embedding"])
