"""The fifteen stages: what each reads and writes, and what decides its content."""

from dataclasses import dataclass

from realsyn_lib.errors import SettingError


@dataclass(frozen=True)
class StageSpec:
    """One stage.

    ``settings`` are the sections of the configuration it sees, and ``models`` the roles it uses:
    both enter its config digest, so it is given no others. ``revision`` rises whenever its code
    gives other content for the same input. ``frozen`` names what it fits once on the corpus.
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    settings: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    frozen: tuple[str, ...] = ()
    revision: int = 1


STAGES: tuple[StageSpec, ...] = (
    StageSpec(
        "extract_documents",
        reads=(),
        writes=("documents", "images_found", "sentences_found"),
        settings=("sources",),
        models=("splitter",),
        revision=6,
    ),
    StageSpec(
        "fetch_images",
        reads=("images_found",),
        writes=("image_bytes", "fetches"),
        settings=("fetch", "buckets"),
        revision=5,
    ),
    StageSpec(
        "filter_images",
        reads=("images_found", "image_bytes", "fetches"),
        writes=("images",),
        settings=("images", "image_scorers", "buckets"),
        revision=4,
    ),
    StageSpec(
        "embed_images",
        reads=("images", "image_bytes"),
        writes=("image_embeddings",),
        settings=("images", "buckets"),
        models=("encoder",),
        revision=3,
    ),
    StageSpec(
        "dedup_images",
        reads=("images", "image_embeddings"),
        writes=("image_duplicates",),
        settings=("dedup_images",),
        models=("encoder",),
        frozen=("image_cells",),
        revision=2,
    ),
    StageSpec(
        "filter_sentences",
        reads=("sentences_found",),
        writes=("words", "sentences"),
        settings=("sentences", "sentence_scorers", "buckets"),
        models=("parser", "language_model"),
        frozen=("words",),
    ),
    StageSpec(
        "embed_sentences",
        reads=("sentences",),
        writes=("sentence_embeddings",),
        settings=("buckets",),
        models=("encoder",),
        revision=2,
    ),
    StageSpec(
        "dedup_sentences",
        reads=("sentences", "sentence_embeddings"),
        writes=("sentence_duplicates",),
        settings=("dedup_sentences",),
        models=("encoder",),
        frozen=("sentence_cells",),
        revision=2,
    ),
    StageSpec(
        "cluster_sentences",
        reads=("sentences", "sentence_embeddings", "sentence_duplicates"),
        writes=("sentence_centroids", "sentence_clusters"),
        settings=("clusters",),
        models=("encoder",),
        frozen=("sentence_centroids",),
        revision=2,
    ),
    StageSpec(
        "retrieve_texts",
        reads=(
            "images", "image_embeddings", "image_duplicates", "sentences", "sentence_centroids",
            "sentence_clusters",
        ),
        writes=("retrieved_texts",),
        settings=("retrieval",),
        frozen=("nprobe",),
        revision=3,
    ),
    StageSpec(
        "describe_images",
        reads=("images", "image_duplicates", "image_bytes"),
        writes=("image_descriptions",),
        settings=("images", "describe", "buckets"),
        models=("captioner", "tagger"),
        revision=3,
    ),
    StageSpec(
        "generate_texts",
        reads=("retrieved_texts", "image_descriptions"),
        writes=("synthetic_texts",),
        settings=("generate", "buckets"),
        models=("generator",),
        revision=2,
    ),
    StageSpec(
        "balance_pairs",
        reads=("images", "image_embeddings", "retrieved_texts", "synthetic_texts"),
        writes=(
            "synthetic_embeddings", "image_centroids", "image_clusters", "pairs", "samples",
        ),
        settings=("balance", "buckets"),
        models=("encoder",),
        frozen=("cosine_band", "image_centroids"),
        revision=2,
    ),
    StageSpec(
        "publish_release",
        reads=("pairs", "samples", "images", "image_bytes"),
        writes=(),
        settings=("images", "release"),
        revision=3,
    ),
    StageSpec(
        "assess_release",
        reads=(
            "pairs", "samples", "images", "image_embeddings", "retrieved_texts", "image_clusters",
            "sentences",
        ),
        writes=("assessments", "topics", "topic_points"),
        settings=("assess",),
        models=("parser", "language_model"),
        revision=2,
    ),
)  # fmt: skip
STAGES_BY_NAME: dict[str, StageSpec] = {stage.name: stage for stage in STAGES}
SENTENCE_STAGES = ("filter_sentences", "embed_sentences", "dedup_sentences", "cluster_sentences")
OWNER_OF: dict[str, str] = {table: stage.name for stage in STAGES for table in stage.writes}


def stage_named(name: str) -> StageSpec:
    """Return the stage of that name.

    Raises:
        SettingError: there is none; the message lists them.
    """
    if name not in STAGES_BY_NAME:
        raise SettingError(
            f"stage {name!r} is unknown; expected one of {', '.join(STAGES_BY_NAME)}"
        )
    return STAGES_BY_NAME[name]


def stages_between(first: str | None, last: str | None) -> list[StageSpec]:
    """Return the stages from ``first`` to ``last``, both included; None is the line's end."""
    names = [stage.name for stage in STAGES]
    start = names.index(stage_named(first).name) if first else 0
    end = names.index(stage_named(last).name) if last else len(names) - 1
    if start > end:
        raise SettingError(f"--from {first} comes after --to {last}; swap them")
    return list(STAGES[start : end + 1])
