"""The story of one image."""

from pyspark.sql import Row

from jobs.explain.duplicates import tell_duplicates
from jobs.explain.places import document_urls
from jobs.explain.story import Story, reason_text
from realsyn_lib.config import Config
from realsyn_lib.tables import (
    FETCHES,
    IMAGE_CLUSTERS,
    IMAGE_DESCRIPTIONS,
    IMAGE_DUPLICATES,
    IMAGE_EMBEDDINGS,
    IMAGES,
    IMAGES_FOUND,
    PAIRS,
    RETRIEVED_TEXTS,
    SAMPLES,
    SYNTHETIC_TEXTS,
    Table,
)

_OCCURRENCES = 10


def tell_image(story: Story, image_id: int) -> None:
    """Tell an image's story up to where it ends: dropped, not run yet, or released."""
    chapters = (_found, _fetched, _filtered, _embedded, _deduplicated, _retrieved, _described)
    for chapter in (*chapters, _written, _paired, _drawn):
        if not chapter(story, image_id):
            return
    _released(story)


def _found(story: Story, image_id: int) -> bool:
    rows = story.rows(IMAGES_FOUND, "image_id", image_id, order="document_id")
    urls = document_urls(story.published, [row["document_id"] for row in rows])
    stage = "extract_documents"
    story.tell(stage, f"address {rows[0]['url']}, found {_times(len(rows))}")
    for row in rows[:_OCCURRENCES]:
        alt = f', alt text "{row["alt_text"]}"' if row["alt_text"] else ""
        place = urls.get(row["document_id"], row["document_id"])
        story.tell(stage, f"on {place} at position {row['position']}{alt}")
    sound = [row for row in rows if row["drop_reason"] is None]  # one place is enough
    return _kept(story, stage, (sound or rows)[0])


def _fetched(story: Story, image_id: int) -> bool:
    row = _row(story, FETCHES, image_id)
    if row is None:
        return False
    if row["drop_reason"] is None:
        status = f", HTTP {row['http_status']}" if row["http_status"] else ""
        size = f"{row['size_bytes']:,} bytes{status}, SHA-256 {row['sha256']}"
        story.tell("fetch_images", f"read: {size}")
    return _kept(story, "fetch_images", row)


def _filtered(story: Story, image_id: int) -> bool:
    row = _row(story, IMAGES, image_id)
    if row is None:
        return False
    if row["width_px"]:
        story.tell("filter_images", f"{row['format']}, {row['width_px']} x {row['height_px']} px")
    if row["phash"] is not None:
        code = row["phash"] & (2**64 - 1)
        story.tell("filter_images", f"hash {code:016x}, grey deviation {row['luma_std']:.1f}")
    for line in score_lines(row, story.published.config):
        story.tell("filter_images", line)
    limit = _size_limit(row, story.published.config)
    return _kept(story, "filter_images", row, limit or row["detail"])


def score_lines(row: Row, config: Config) -> list[str]:
    """Return each optional score that was taken, beside its limit; older tables have no scores."""
    limits = {
        "nsfw": config.image_scorers.max_nsfw,
        "watermark": config.image_scorers.max_watermark,
    }
    scores = row.asDict()
    return [
        f"{name} {scores[f'{name}_score']:.3f}; kept up to {limit}"
        for name, limit in limits.items()
        if scores.get(f"{name}_score") is not None
    ]


def _size_limit(row: Row, config: Config) -> str | None:
    """The image's own size against the setting that dropped it."""
    if row["drop_reason"] == "too_small":
        side = min(row["width_px"], row["height_px"])
        return f"its shorter side is {side} px, images.min_side_px is {config.images.min_side_px}"
    if row["drop_reason"] == "aspect_ratio":
        sides = sorted((row["width_px"], row["height_px"]))
        limit = config.images.max_aspect_ratio
        return f"its ratio is {sides[1] / sides[0]:.3f}, images.max_aspect_ratio is {limit}"
    return None


def _embedded(story: Story, image_id: int) -> bool:
    row = _row(story, IMAGE_EMBEDDINGS, image_id)
    if row is None:
        return False
    if row["drop_reason"] is None:
        width = len(row["embedding"]) // 2
        story.tell("embed_images", f"embedded by {_model(story, 'encoder')}, width {width}")
    return _kept(story, "embed_images", row, None)


def _deduplicated(story: Story, image_id: int) -> bool:
    return tell_duplicates(story, IMAGE_DUPLICATES, IMAGES, "image", image_id, "url")


def _retrieved(story: Story, image_id: int) -> bool:
    if not story.has(RETRIEVED_TEXTS):
        return False
    rows = story.rows(RETRIEVED_TEXTS, "image_id", image_id, order="rank")
    for row in rows:
        where = f"cosine {row['cosine']:.4f}, sentence {row['sentence_id']}, cluster {row['cluster_id']}"
        story.tell("retrieve_texts", f"{row['rank']}. {row['text']} ({where})")
    if not rows:
        story.tell("retrieve_texts", f"dropped, {reason_text('no_text')}")
    return bool(rows)


def _described(story: Story, image_id: int) -> bool:
    row = _row(story, IMAGE_DESCRIPTIONS, image_id)
    if row is None:
        return False
    if row["drop_reason"] is not None:
        return _kept(story, "describe_images", row, None)
    scored = zip(row["tags"], row["tag_scores"], strict=True)
    tags = ", ".join(f"{tag} {score:.2f}" for tag, score in scored)
    story.tell("describe_images", f"caption by {_model(story, 'captioner')}: {row['caption']}")
    story.tell("describe_images", f"tags by {_model(story, 'tagger')}: {tags or 'none'}")
    return True


def _written(story: Story, image_id: int) -> bool:
    row = _row(story, SYNTHETIC_TEXTS, image_id)
    if row is None:
        return False
    if row["fallback_reason"]:
        refused = reason_text(row["fallback_reason"])
        story.tell("generate_texts", f"the text of {row['model']} was refused, {refused}")
        story.tell("generate_texts", f"the closest sentence stands in: {row['text']}")
    else:
        story.tell("generate_texts", f"written by {row['model']}: {row['text']}")
    return True


def _paired(story: Story, image_id: int) -> bool:
    row = _row(story, PAIRS, image_id)
    if row is None:
        return False
    metrics = story.published.last_runs()["balance_pairs"].metrics
    low, high = metrics.get("min_cosine"), metrics.get("max_cosine")
    band = f"; the band is {low:.4f} to {high:.4f}" if low is not None and high is not None else ""
    cosine = "none" if row["cosine_syn"] is None else f"{row['cosine_syn']:.4f}"
    story.tell("balance_pairs", f"cosine of image and synthetic text {cosine}{band}")
    return _kept(story, "balance_pairs", row, None)


def _drawn(story: Story, image_id: int) -> bool:
    if not (story.has(IMAGE_CLUSTERS) and story.has(SAMPLES)):
        return False
    clusters = story.rows(IMAGE_CLUSTERS, "image_id", image_id)
    tiers = [row["tier"] for row in story.rows(SAMPLES, "image_id", image_id, order="tier")]
    every = story.published.read(SAMPLES).select("tier").distinct().orderBy("tier").collect()
    others = [row["tier"] for row in every if row["tier"] not in tiers]
    if clusters:
        story.tell("balance_pairs", f"image cluster {clusters[0]['cluster_id']}")
    story.tell("balance_pairs", f"in the tiers: {', '.join(tiers) or 'none'}")
    if others:
        story.tell(
            "balance_pairs", f"not drawn for {', '.join(others)}: its cluster's quota was full"
        )
    return bool(tiers)


def _released(story: Story) -> None:
    run = story.published.last_runs().get("publish_release")
    if run is None:
        story.tell("publish_release", "has not run yet")
        return
    place = f"{story.published.warehouse.files}/releases"
    story.tell("publish_release", f"released by run {run.run_id} below {place}")


def _row(story: Story, table: Table, image_id: int) -> Row | None:
    """The image's row, or None and a line that says why there is none."""
    if not story.has(table):
        return None
    rows = story.rows(table, "image_id", image_id)
    if not rows:
        story.tell(
            f"({table.name})", "no row: an input of this stage has changed since; run it again"
        )
    return rows[0] if rows else None


def _kept(story: Story, stage: str, row: Row, detail: str | None = "") -> bool:
    if row["drop_reason"] is None:
        return True
    seen = row["detail"] if detail == "" else detail
    story.tell(stage, f"ends here, {reason_text(row['drop_reason'], seen)}")
    return False


def _model(story: Story, role: str) -> str:
    return str(getattr(story.published.config.models, role))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
