"""The story of one sentence."""

from pyspark.sql import Row

from jobs.explain.duplicates import tell_duplicates
from jobs.explain.places import document_urls
from jobs.explain.story import Story, reason_text
from realsyn_lib.config import Config
from realsyn_lib.tables import (
    IMAGES,
    RETRIEVED_TEXTS,
    SENTENCE_CLUSTERS,
    SENTENCE_DUPLICATES,
    SENTENCE_EMBEDDINGS,
    SENTENCES,
    SENTENCES_FOUND,
)

_OCCURRENCES = 10


def tell_sentence(story: Story, sentence_id: int) -> None:
    """Tell a sentence's story up to where it ends, or to the images that got it."""
    for chapter in (_found, _judged, _embedded, _deduplicated, _clustered, _given):
        if not chapter(story, sentence_id):
            return


def _found(story: Story, sentence_id: int) -> bool:
    rows = story.rows(SENTENCES_FOUND, "sentence_id", sentence_id, order="document_id")
    urls = document_urls(story.published, [row["document_id"] for row in rows])
    stage = "extract_documents"
    story.tell(stage, rows[0]["text"])
    for row in rows[:_OCCURRENCES]:
        place = urls.get(row["document_id"], row["document_id"])
        story.tell(stage, f"on {place}, paragraph {row['position']}, sentence {row['sentence_no']}")
    if len(rows) > _OCCURRENCES:
        story.tell(stage, f"and in {len(rows) - _OCCURRENCES} more places")
    return True


def _judged(story: Story, sentence_id: int) -> bool:
    if not story.has(SENTENCES):
        return False
    rows = story.rows(SENTENCES, "sentence_id", sentence_id)
    if not rows:
        story.tell("filter_sentences", "no row: its input has changed since; run it again")
        return False
    for line in score_lines(rows[0], story.published.config):
        story.tell("filter_sentences", line)
    reason = rows[0]["drop_reason"]
    outcome = f"ends here, {reason_text(reason)}" if reason else "kept by all rules"
    story.tell("filter_sentences", outcome)
    return reason is None


def score_lines(row: Row, config: Config) -> list[str]:
    """Return each score that was taken, beside the limits of the settings."""
    limits = config.sentences
    lines = {
        "word_count": f"words {{}}; kept from {limits.min_words} to {limits.max_words}",
        "language_score": f"language {{:.3f}}; kept from {config.sentence_scorers.min_language}",
        "complexity": f"complexity {{}}; kept from {limits.min_complexity}",
        "has_action": f"an action verb: {{}}; sentences.min_actions is {limits.min_actions}",
        "entropy_bits": f"information {{:.3f}} bits; kept from {limits.min_entropy_bits}",
        "perplexity": (
            f"perplexity {{:.1f}}; kept from {limits.min_perplexity} to {limits.max_perplexity}"
        ),
    }
    scores = row.asDict()  # an older table has no score of the language
    return [line.format(scores[k]) for k, line in lines.items() if scores.get(k) is not None]


def _embedded(story: Story, sentence_id: int) -> bool:
    if not story.has(SENTENCE_EMBEDDINGS):
        return False
    rows = story.rows(SENTENCE_EMBEDDINGS, "sentence_id", sentence_id)
    if rows and rows[0]["drop_reason"]:
        story.tell("embed_sentences", f"ends here, {reason_text(rows[0]['drop_reason'])}")
        return False
    if rows:
        encoder = story.published.config.models.encoder
        width = len(rows[0]["embedding"]) // 2
        story.tell("embed_sentences", f"embedded by {encoder}, width {width}")
    return bool(rows)


def _deduplicated(story: Story, sentence_id: int) -> bool:
    return tell_duplicates(story, SENTENCE_DUPLICATES, SENTENCES, "sentence", sentence_id, "text")


def _clustered(story: Story, sentence_id: int) -> bool:
    if not story.has(SENTENCE_CLUSTERS):
        return False
    rows = story.rows(SENTENCE_CLUSTERS, "sentence_id", sentence_id)
    if rows:
        story.tell("cluster_sentences", f"sentence cluster {rows[0]['cluster_id']}")
    return bool(rows)


def _given(story: Story, sentence_id: int) -> bool:
    if not story.has(RETRIEVED_TEXTS):
        return False
    rows = story.rows(RETRIEVED_TEXTS, "sentence_id", sentence_id, order="image_id")
    if not rows:
        story.tell("retrieve_texts", "no image got it: others of its cluster are closer to each")
    for row in rows:
        image = story.rows(IMAGES, "image_id", row["image_id"])
        name = image[0]["url"] if image else row["image_id"]
        where = f"rank {row['rank']}, cosine {row['cosine']:.4f}"
        story.tell("retrieve_texts", f"given to image {row['image_id']}, {name} ({where})")
    return True
