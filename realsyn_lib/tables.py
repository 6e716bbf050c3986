"""Every Delta table, declared once: name, key, columns, units and meanings.

Jobs take schemas and checks from here, UDFs their output schemas, SQL users the comments.
"""

from dataclasses import dataclass

import pyarrow as pa

from realsyn_lib.arrow_types import arrow_type


@dataclass(frozen=True)
class Column:
    """One column: Spark SQL type, meaning, and whether null is allowed (and what it means)."""

    name: str
    type: str
    comment: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One Delta table.

    ``key`` is unique, checked on write. A ``bucketed`` table is partitioned by ``bucket`` and
    committed bucket by bucket. A ``control`` table describes runs, not data, or saves them work: it
    is read at its head, and no run publishes it.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    bucketed: bool = False
    control: bool = False

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    def ddl(self) -> str:
        """Return the columns as Spark DDL, with NOT NULL and comments."""
        return ", ".join(_column_ddl(column) for column in self.columns)

    def schema_of(self, *names: str) -> str:
        """Return plain DDL (``name type``) of the named columns, for a UDF's output."""
        types = {column.name: column.type for column in self.columns}
        return ", ".join(f"{name} {types[name]}" for name in names or self.names)

    def arrow_schema(self, *names: str) -> pa.Schema:
        """Return the Arrow schema of the named columns (all without names), in that order."""
        types = {column.name: column.type for column in self.columns}
        return pa.schema([(name, arrow_type(types[name])) for name in names or self.names])


def _column_ddl(column: Column) -> str:
    comment = column.comment.replace("\\", "\\\\").replace("'", "\\'")
    required = "" if column.nullable else " NOT NULL"
    return f"`{column.name}` {column.type}{required} COMMENT '{comment}'"


_BUCKET = Column("bucket", "int", "pmod(id, buckets.count): the unit of work and of commit")
_DROP_REASON = Column(
    "drop_reason", "string", "null = kept; else a word of realsyn_lib.reasons", nullable=True
)
_DETAIL = Column("detail", "string", "what was seen, at most 500 characters", nullable=True)
_IMAGE_ID = Column("image_id", "bigint", "64-bit id of the canonical image URL")
_SENTENCE_ID = Column("sentence_id", "bigint", "64-bit id of the sentence's text")
_DOCUMENT_ID = Column("document_id", "bigint", "64-bit id of the canonical page URL or path")
_POSITION = Column("position", "int", "place in the document's order of images and paragraphs")
_OCCURRENCES = Column("occurrence_count", "bigint", "how often it was found in all documents")
_EMBEDDING = Column("embedding", "binary", "float16 little-endian, unit L2 norm")
_CLUSTER_ID = Column("cluster_id", "int", "row of the centroid the vector is nearest to")

DOCUMENT_ITEM = (
    "struct<position:int,kind:string,text:string,sentences:array<string>,"
    "url:string,raw_url:string,alt_text:string,url_reason:string,sha256:string>"
)

DOCUMENTS = Table(
    name="documents",
    key=("source", "locator"),
    columns=(
        Column("document_id", "bigint", "64-bit id of the canonical page URL or path"),
        Column("source", "string", "input file, relative to its --input, percent-encoded"),
        Column(
            "locator",
            "string",
            "row, line, record or sample in it; empty where a file is one document",
        ),
        Column("url", "string", "canonical page URL or path"),
        Column("title", "string", "page title; null where the format has none", nullable=True),
        Column("image_count", "int", "images found"),
        Column("sentence_count", "int", "sentences found"),
        Column("items", f"array<{DOCUMENT_ITEM}>", "images and paragraphs in document order"),
        _DROP_REASON,
        _DETAIL,
    ),
)
IMAGES_FOUND = Table(
    name="images_found",
    key=("document_id", "position"),
    columns=(
        _DOCUMENT_ID,
        _POSITION,
        Column("image_id", "bigint", "64-bit id of url; null where url is refused", nullable=True),
        Column("url", "string", "canonical image URL; null where refused", nullable=True),
        Column("raw_url", "string", "the address as the page wrote it"),
        Column("alt_text", "string", "alternative text; null where none", nullable=True),
        _DROP_REASON,
        _DETAIL,
        Column(
            "stored_at", "string", "where in the input its bytes lie; null: at url", nullable=True
        ),
        Column(
            "stated_sha256", "string", "digest that the input states, hex; or null", nullable=True
        ),
    ),
)
SENTENCES_FOUND = Table(
    name="sentences_found",
    key=("document_id", "position", "sentence_no"),
    columns=(
        _DOCUMENT_ID,
        _POSITION,
        Column("sentence_no", "int", "place in its paragraph, from 0"),
        _SENTENCE_ID,
        Column("text", "string", "the cleaned sentence"),
    ),
)
IMAGE_BYTES = Table(
    name="image_bytes",
    key=("image_id",),
    bucketed=True,
    columns=(
        _BUCKET,
        _IMAGE_ID,
        Column("url", "string", "canonical image URL"),
        Column("content_id", "bigint", "64-bit id of the bytes; null if none", nullable=True),
        Column("sha256", "string", "full digest of the bytes, hex; null if none", nullable=True),
        Column("size_bytes", "bigint", "length of the bytes; null if none", nullable=True),
        Column("http_status", "int", "last HTTP status; null for a file", nullable=True),
        Column("bytes", "binary", "the file as it came; null if it did not", nullable=True),
        _DROP_REASON,
        _DETAIL,
        Column(
            "stated_sha256", "string", "digests stated by the input, hex; or null", nullable=True
        ),
    ),
)
FETCHES = Table(
    name="fetches",
    key=("image_id",),
    columns=(
        _IMAGE_ID,
        Column("url", "string", "canonical image URL"),
        Column("http_status", "int", "last HTTP status; null for a file", nullable=True),
        Column("size_bytes", "bigint", "bytes received; null if none", nullable=True),
        Column("sha256", "string", "digest of the bytes, hex; null if none", nullable=True),
        _DROP_REASON,
        _DETAIL,
    ),
)
IMAGES = Table(
    name="images",
    key=("image_id",),
    bucketed=True,
    columns=(
        _BUCKET,
        _IMAGE_ID,
        Column("content_id", "bigint", "64-bit id of the file's bytes"),
        Column("document_id", "bigint", "document of the smallest occurrence"),
        Column("position", "int", "position of the smallest occurrence"),
        _OCCURRENCES,
        Column("url", "string", "canonical image URL"),
        Column("alt_text", "string", "alt text of that occurrence; null if none", nullable=True),
        Column("width_px", "int", "width after EXIF orientation; null if unread", nullable=True),
        Column("height_px", "int", "height after EXIF orientation; null if unread", nullable=True),
        Column("format", "string", "format told from the bytes; null if unread", nullable=True),
        Column("phash", "bigint", "64-bit DCT hash; null where dropped before", nullable=True),
        Column(
            "luma_std", "float", "grey standard deviation, 0..127; null as phash", nullable=True
        ),
        Column("nsfw_score", "float", "0..1; null if not scored", nullable=True),
        Column("watermark_score", "float", "0..1; null if not scored", nullable=True),
        _DROP_REASON,
        _DETAIL,
    ),
)
IMAGE_EMBEDDINGS = Table(
    name="image_embeddings",
    key=("image_id",),
    bucketed=True,
    columns=(
        _BUCKET,
        _IMAGE_ID,
        Column("embedding", "binary", "float16 LE, unit norm; null if bad_vector", nullable=True),
        Column(
            "feature", "binary", "image-space vector, float16 LE, unit norm; or null", nullable=True
        ),
        _DROP_REASON,
    ),
)
SENTENCE_EMBEDDINGS = Table(
    name="sentence_embeddings",
    key=("sentence_id",),
    bucketed=True,
    columns=(
        _BUCKET,
        _SENTENCE_ID,
        Column("embedding", "binary", "float16 LE, unit norm; null if bad_vector", nullable=True),
        _DROP_REASON,
    ),
)


def _duplicates(name: str, entity: str) -> Table:
    return Table(
        name=name,
        key=("kind", "id"),
        columns=(
            Column("id", "bigint", f"{entity}_id of a member of a component of two or more"),
            Column("kind", "string", "perceptual, or semantic (computed on perceptual survivors)"),
            Column("component_id", "bigint", "smallest member id of the component"),
            Column(
                "representative_id",
                "bigint",
                "the member that survives; 0: it was forgotten, and the next run chooses another",
            ),
            Column(
                "split_from",
                "bigint",
                "component that pairs had joined and that the guard against chains cut, of which "
                "this one, maybe of one member, is a part; null where none was cut",
                nullable=True,
            ),
        ),
    )


IMAGE_DUPLICATES = _duplicates("image_duplicates", "image")
SENTENCE_DUPLICATES = _duplicates("sentence_duplicates", "sentence")
WORDS = Table(
    name="words",
    key=("word",),
    columns=(
        Column("word", "string", "lower-case word of the corpus"),
        Column("occurrence_count", "bigint", "how often it occurs in sentences_found"),
        Column("share", "double", "occurrence_count over all words of the corpus, 0..1"),
    ),
)
SENTENCES = Table(
    name="sentences",
    key=("sentence_id",),
    bucketed=True,
    columns=(
        _BUCKET,
        _SENTENCE_ID,
        Column("document_id", "bigint", "document of the smallest occurrence"),
        Column("position", "int", "position of the smallest occurrence"),
        _OCCURRENCES,
        Column("text", "string", "the cleaned sentence"),
        Column("word_count", "int", "words; null where a cheaper rule dropped it", nullable=True),
        Column(
            "complexity", "int", "most relations of one noun; null if not scored", nullable=True
        ),
        Column("has_action", "boolean", "an action verb; null if not scored", nullable=True),
        Column("entropy_bits", "float", "sum of -p log2 p; null if not scored", nullable=True),
        Column("perplexity", "float", "of the language model; null if not scored", nullable=True),
        Column(
            "language_score",
            "float",
            "sentence_scorers.language over the likeliest; null if not scored",
            nullable=True,
        ),
        _DROP_REASON,
    ),
)


def _centroids(name: str, entity: str) -> Table:
    return Table(
        name=name,
        key=("cluster_id",),
        columns=(
            Column("cluster_id", "int", "row of the centroid, from 0, group after group"),
            Column("group_id", "int", "first level: clusters near one another, from 0"),
            Column("centroid", "binary", "float32 little-endian, unit L2 norm"),
            Column("size", "bigint", f"{entity} assigned to it"),
        ),
    )


SENTENCE_CENTROIDS = _centroids("sentence_centroids", "sentences")
IMAGE_CENTROIDS = _centroids("image_centroids", "images")
SENTENCE_CLUSTERS = Table(
    name="sentence_clusters",
    key=("sentence_id",),
    columns=(
        _CLUSTER_ID,
        _SENTENCE_ID,
        Column("text_key", "bigint", "equal where the words are the same"),
        _EMBEDDING,
    ),
)
RETRIEVED_TEXTS = Table(
    name="retrieved_texts",
    key=("image_id", "rank"),
    columns=(
        _IMAGE_ID,
        Column("rank", "int", "1 is the closest sentence"),
        _SENTENCE_ID,
        Column("text", "string", "the sentence"),
        Column("cosine", "float", "image-sentence cosine, -1..1"),
        Column("cluster_id", "int", "sentence cluster in which the two met"),
    ),
)
IMAGE_DESCRIPTIONS = Table(
    name="image_descriptions",
    key=("image_id",),
    bucketed=True,
    columns=(
        _BUCKET,
        _IMAGE_ID,
        Column("caption", "string", "one sentence; null where not decoded", nullable=True),
        Column("tags", "array<string>", "most certain first; null likewise", nullable=True),
        Column("tag_scores", "array<float>", "certainty of each, 0..1", nullable=True),
        _DROP_REASON,
    ),
)
SYNTHETIC_TEXTS = Table(
    name="synthetic_texts",
    key=("image_id",),
    bucketed=True,
    columns=(
        _BUCKET,
        _IMAGE_ID,
        Column("text", "string", "the synthetic text; text1 where it was refused"),
        Column("model", "string", "generator that wrote it"),
        Column("prompt_digest", "string", "SHA-256 of the whole prompt, hex"),
        Column("fallback_reason", "string", "llm_* word; null = written by it", nullable=True),
    ),
)
LLM_ANSWERS = Table(
    name="llm_answers",
    key=("prompt_digest",),
    bucketed=True,
    control=True,
    columns=(
        Column("bucket", "int", "bucket in whose work it was asked; 0 for an instruction set"),
        Column("prompt_digest", "string", "SHA-256 of model, prompt and parameters, hex"),
        Column("model", "string", "generator that answered"),
        Column("answer", "string", "its words as they came, not checked"),
        Column("finish_reason", "string", "stop, or length (cut)"),
    ),
)
SYNTHETIC_EMBEDDINGS = Table(
    name="synthetic_embeddings",
    key=("image_id",),
    bucketed=True,
    columns=(_BUCKET, _IMAGE_ID, _EMBEDDING),
)
IMAGE_CLUSTERS = Table(name="image_clusters", key=("image_id",), columns=(_CLUSTER_ID, _IMAGE_ID))
PAIRS = Table(
    name="pairs",
    key=("image_id",),
    columns=(
        _IMAGE_ID,
        Column("raw_image_url", "string", "canonical image URL"),
        Column("text1", "string", "closest sentence; null where none", nullable=True),
        Column("text2", "string", "second sentence; null where none", nullable=True),
        Column("text3", "string", "third sentence; null where none", nullable=True),
        Column("syn_text", "string", "synthetic text; null where none", nullable=True),
        Column("cosine_syn", "float", "image-synthetic cosine; null where none", nullable=True),
        _DROP_REASON,
    ),
)
SAMPLES = Table(
    name="samples",
    key=("tier", "image_id"),
    columns=(Column("tier", "string", "name in balance.tiers"), _IMAGE_ID, _CLUSTER_ID),
)
ASSESSMENTS = Table(
    name="assessments",
    key=("measure", "label"),
    columns=(
        Column("measure", "string", "count, tokens_text1, cosine_syn, ... (docs/assessments.md)"),
        Column("label", "string", "what the value is of: a name, or a bin's lower edge"),
        Column("value", "double", "count of rows, or the figure itself"),
    ),
)
TOPICS = Table(
    name="topics",
    key=("topic_id",),
    columns=(
        Column("topic_id", "int", "topic, from 0"),
        Column("share", "double", "mean weight of the topic in a text, 0..1; all add up to 1"),
        Column("text_count", "bigint", "texts in which it has the greatest weight"),
        Column("words", "array<string>", "its most probable words, most probable first"),
        Column("word_weights", "array<double>", "probability of each of them in the topic"),
    ),
)
TOPIC_POINTS = Table(
    name="topic_points",
    key=("image_id",),
    columns=(
        Column("image_id", "bigint", "the pair; of another table than pairs a hash of its row"),
        Column("topic_id", "int", "topic of the greatest weight"),
        Column("weight", "float", "that weight, 0..1"),
        Column("x", "float", "place in the map: near texts have like topics, axes mean nothing"),
        Column("y", "float", "likewise"),
    ),
)
RUNS = Table(
    name="runs",
    key=("run_id", "stage"),
    control=True,
    columns=(
        Column("run_id", "string", "id of the run, time-ordered"),
        Column("stage", "string", "stage name"),
        Column("config_digest", "string", "SHA-256 of all that decides the content, hex"),
        Column("input_versions", "map<string,bigint>", "table versions (inputs: fingerprint) read"),
        Column("output_versions", "map<string,bigint>", "table versions this row publishes"),
        Column("started_at", "timestamp", "start, UTC"),
        Column("took_s", "double", "seconds"),
        Column("status", "string", "finished or failed"),
        Column("metrics", "map<string,double>", "figures of the stage; frozen ones as frozen.*"),
        Column("error", "string", "one line; null when finished", nullable=True),
    ),
)
FUNNEL = Table(
    name="funnel",
    key=("run_id", "stage", "entity", "outcome", "drop_reason"),
    control=True,
    columns=(
        Column("run_id", "string", "run"),
        Column("stage", "string", "stage"),
        Column("entity", "string", "document, image, sentence or pair"),
        Column("outcome", "string", "in, kept, dropped or quarantined"),
        Column("drop_reason", "string", "null for in and kept", nullable=True),
        Column("row_count", "bigint", "rows, counted from the committed files"),
    ),
)
QUARANTINE = Table(
    name="quarantine",
    key=(),
    control=True,
    columns=(
        Column("run_id", "string", "run"),
        Column("stage", "string", "stage"),
        Column("source", "string", "table or input file the row came from"),
        Column("locator", "string", "row: id, or place in the file"),
        Column("reason", "string", "a word of realsyn_lib.reasons.QUARANTINED"),
        Column("detail", "string", "what was seen, at most 500 characters", nullable=True),
    ),
)
OPT_OUT = Table(
    name="opt_out",
    key=(),
    control=True,
    columns=(
        Column("kind", "string", "url, domain, sha256, phash or document"),
        Column(
            "value_sha256", "string", "SHA-256 of the value, hex; null for phash", nullable=True
        ),
        Column("phash", "bigint", "the hash itself where kind is phash; else null", nullable=True),
        Column("reason", "string", "why; null where not said", nullable=True),
        Column("received_at", "timestamp", "when the request came, UTC"),
    ),
)
LOCKS = Table(
    name="locks",
    key=("stage",),
    control=True,
    columns=(
        Column("stage", "string", "stage whose tables are written by one run at a time"),
        Column("token", "string", "who holds it, chosen anew each time; null: free", nullable=True),
        Column("run_id", "string", "run of the holder", nullable=True),
        Column("host", "string", "machine of the holder's driver", nullable=True),
        Column("driver_pid", "int", "process of the holder's driver", nullable=True),
        Column("process", "string", "what tells that process from all others", nullable=True),
        Column("beat_at", "timestamp", "last sign of life, UTC; old: may be taken over"),
    ),
)

# Without LOCKS, which only warehouses in catalogs and object stores have.
ALL_TABLES: tuple[Table, ...] = (
    DOCUMENTS, IMAGES_FOUND, SENTENCES_FOUND, IMAGE_BYTES, FETCHES, IMAGES, IMAGE_EMBEDDINGS,
    IMAGE_DUPLICATES, WORDS, SENTENCES, SENTENCE_EMBEDDINGS, SENTENCE_DUPLICATES,
    SENTENCE_CENTROIDS, SENTENCE_CLUSTERS, RETRIEVED_TEXTS, IMAGE_DESCRIPTIONS, SYNTHETIC_TEXTS,
    SYNTHETIC_EMBEDDINGS, IMAGE_CENTROIDS, IMAGE_CLUSTERS, PAIRS, SAMPLES, ASSESSMENTS, TOPICS,
    TOPIC_POINTS, RUNS, FUNNEL, QUARANTINE, OPT_OUT, LLM_ANSWERS,
)  # fmt: skip
TABLES_BY_NAME: dict[str, Table] = {table.name: table for table in ALL_TABLES}
