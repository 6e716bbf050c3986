"""Typed, frozen settings: conf/base.yaml, then conf/<env>.yaml, then --set, checked as a whole."""

import difflib
import hashlib
import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from realsyn_lib.errors import SettingError
from realsyn_lib.release.options import MAX_PNG_LEVEL, CaptionChoice, EncodeFormat, ResizeMode
from realsyn_lib.resources import resource_path
from realsyn_lib.stages import stage_named


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def _check_order(self, low: str, high: str) -> None:
        """Refuse a window whose lower end lies above its upper one: it would keep nothing."""
        least, most = getattr(self, low), getattr(self, high)
        if least is not None and most is not None and least > most:
            raise ValueError(f"{low} is {least}, expected at most {high}, which is {most}")


class SparkSettings(_Section):
    """How the session is made."""

    master: str | None
    driver_memory: str | None = Field(pattern=r"^[0-9]+[mg]$")
    shuffle_partitions: int = Field(ge=1)
    conf: dict[str, str]


class ResourceSettings(_Section):
    """Threads and tasks; never content."""

    threads_per_task: int = Field(ge=1)
    fetch_tasks: int = Field(ge=1)
    generator_tasks: int = Field(ge=1)
    fetches_in_flight: int = Field(ge=1, le=1024)
    fetches_per_host: int = Field(ge=1, le=256)
    fetch_host_delay_s: float = Field(ge=0, le=600)
    fetch_dns_s: float = Field(ge=0)
    decoders: int = Field(ge=1, le=32)
    torch_compile: bool
    gpus_per_task: float | None = Field(gt=0, le=1)
    cpus_per_gpu_task: int = Field(ge=1)


class BatchSettings(_Section):
    """Sizes of batches; never content."""

    image_rows: int = Field(ge=1)
    arrow_rows: int = Field(ge=1)
    max_bytes: int = Field(ge=1)
    hash_bytes: int = Field(ge=1)
    cell_bytes: int = Field(ge=1)
    component_ids: int = Field(ge=1)
    answer_rows: int = Field(ge=1)
    fetch_bytes: int = Field(ge=1)


class CheckSettings(_Section):
    """What is proved before a table is published."""

    unique_keys: bool
    recall_rows: int = Field(ge=1)
    max_quarantine_share: float = Field(ge=0, le=1)


class BucketSettings(_Section):
    """Units of work and commit."""

    count: int = Field(ge=1, le=65536)


class ModelSettings(_Section):
    """Name of the model of each role, in conf/models.yaml."""

    encoder: str
    captioner: str
    tagger: str
    language_model: str
    generator: str
    parser: str
    splitter: str


class ColumnSettings(_Section):
    """Names of the columns of the format ``columns``."""

    url: str | None
    images: str | None
    texts: str | None
    alt_texts: str | None
    sha256s: str | None
    image_url: str | None
    image: str | None
    text: str | None
    alt_text: str | None
    sha256: str | None


class SourceSettings(_Section):
    """Limits of one document, what stated sizes are held to, and names of one's own columns."""

    max_document_bytes: int = Field(ge=1)
    max_items: int = Field(ge=1)
    max_sentence_chars: int = Field(ge=100)
    min_stated_side_px: int | None = Field(ge=1)
    max_stated_aspect_ratio: float | None = Field(ge=1)
    columns: ColumnSettings


class FetchSettings(_Section):
    """Limits of one fetch, and what it keeps to; ``refetch`` is a wish and decides no content."""

    deadline_s: float = Field(gt=0)
    max_body_bytes: int = Field(ge=1)
    max_redirects: int = Field(ge=0, le=20)
    retries: int = Field(ge=0, le=20)
    backoff_s: float = Field(ge=0)
    breaker_failures: int = Field(ge=1)
    robots: bool
    refused_directives: list[str]
    tdm_reservation: bool
    min_side_px: int | None = Field(ge=1)
    max_aspect_ratio: float | None = Field(ge=1)
    placeholder_urls: int | None = Field(ge=2)
    user_agent: str = Field(min_length=1, max_length=200, pattern=r"^[\x20-\x7e]+$")
    allow_hosts: list[str]
    refetch: Literal["new", "failed"] = Field(exclude=True)


class ImageSettings(_Section):
    """Size and ratio rules, and the decoder's limits."""

    min_side_px: int = Field(ge=1)
    max_aspect_ratio: float = Field(ge=1)
    max_pixels: int = Field(ge=1)
    decode_timeout_s: float = Field(gt=0)


class SemanticSettings(_Section):
    """When two vectors are one, the cells that pairs are searched in, how far components reach."""

    max_cosine_distance: float = Field(ge=0, le=2)
    max_representative_distance: float | None = Field(ge=0, le=2)
    rows_per_cluster: int = Field(ge=1)
    border: float = Field(ge=0, le=1)
    max_probes: int = Field(ge=1)
    beam: int = Field(ge=1)
    sample_per_centroid: int = Field(ge=1)
    iterations: int = Field(ge=1)
    seed: int


class ImageScorerSettings(_Section):
    """Optional models and a list that judge pictures; null is off."""

    nsfw: str | None
    nsfw_labels: list[str] = Field(min_length=1)
    max_nsfw: float = Field(ge=0, le=1)
    watermark: str | None
    watermark_labels: list[str] = Field(min_length=1)
    max_watermark: float = Field(ge=0, le=1)
    known_hashes: str | None


class SentenceScorerSettings(_Section):
    """The optional language rule; null is off."""

    language: str | None = Field(pattern=r"^[a-z]{2,3}$")
    min_language: float = Field(ge=0, le=1)


class DedupImageSettings(SemanticSettings):
    """When two images are one."""

    survivor: Literal["nearest_to_centroid", "largest_image", "first_seen"]
    max_hamming: int = Field(ge=0, le=12)
    max_chance_neighbours: float = Field(gt=0)
    max_witness_neighbours: float = Field(gt=0)
    min_luma_std: float = Field(ge=0)


class SentenceSettings(_Section):
    """The sentence rules."""

    min_words: int = Field(ge=1)
    max_words: int = Field(ge=1)
    min_complexity: int = Field(ge=0)
    min_actions: int = Field(ge=0, le=1)
    min_entropy_bits: float = Field(ge=0)
    max_vocabulary: int = Field(ge=1)
    min_perplexity: float = Field(ge=0)
    max_perplexity: float = Field(ge=0)

    @model_validator(mode="after")
    def _windows(self) -> "SentenceSettings":
        self._check_order("min_words", "max_words")
        self._check_order("min_perplexity", "max_perplexity")
        return self


class DedupSentenceSettings(SemanticSettings):
    """When two sentences are one."""

    survivor: Literal["nearest_to_centroid", "first_seen"]
    min_jaccard: float = Field(gt=0, lt=1)
    shingle_words: int = Field(ge=1, le=8)
    candidate_jaccard: float = Field(gt=0, lt=1)
    min_recall: float = Field(gt=0, lt=1)
    band_rows: int = Field(ge=1, le=16)


class ClusterSettings(_Section):
    """k-means over the sentences."""

    sentences_per_centroid: int = Field(ge=1)
    sample_per_centroid: int = Field(ge=1)
    iterations: int = Field(ge=1)
    refinements: int = Field(ge=0)
    beam: int = Field(ge=1)
    seed: int


class RetrievalSettings(_Section):
    """Inter- and intra-cluster search."""

    top_k: int = Field(ge=1, le=3)
    max_same_cosine: float = Field(gt=0, le=2)
    max_uses: int | None = Field(ge=1)
    nprobe: int = Field(ge=1, le=64)
    min_recall: float | None = Field(gt=0, le=1)
    beam: int = Field(ge=1)
    max_broadcast_mb: int = Field(ge=0)
    block_mb: int = Field(ge=1)
    sentences_from: str | None


class DescribeSettings(_Section):
    """Tags of one image."""

    max_tags: int = Field(ge=1)
    min_tag_score: float = Field(ge=0, le=1)


class GenerateSettings(_Section):
    """Limits of one synthetic text, and of what it may add or leave out."""

    max_new_tokens: int = Field(ge=1)
    min_words: int = Field(ge=1)
    max_words: int = Field(ge=1)
    max_repeated_share: float = Field(ge=0, le=1)
    min_supported_share: float = Field(ge=0, le=1)
    min_kept_share: float = Field(ge=0, le=1)
    seed: int

    @model_validator(mode="after")
    def _window(self) -> "GenerateSettings":
        self._check_order("min_words", "max_words")
        return self


class Tier(_Section):
    """Either ``cap``: rows of a cluster, or of an entry, at most; or ``rows``: the exact size."""

    cap: int | None = Field(default=None, ge=1)
    rows: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_of_both(self) -> "Tier":
        if (self.cap is None) == (self.rows is None):
            raise ValueError("expected either cap: N or rows: N")
        return self


class BalanceSettings(_Section):
    """Cosine band, clusters and tiers."""

    min_cosine: float | None = Field(ge=-1, le=1)
    max_cosine: float | None = Field(ge=-1, le=1)
    low_quantile: float | None = Field(ge=0, le=1)
    high_quantile: float | None = Field(ge=0, le=1)
    images_per_centroid: int = Field(ge=1)
    sample_per_centroid: int = Field(ge=1)
    iterations: int = Field(ge=1)
    refinements: int = Field(ge=0)
    beam: int = Field(ge=1)
    seed: int
    sampler: Literal["clusters", "entries"]
    entries_file: str | None
    entry_min_count: int = Field(ge=1)
    tiers: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$")], Tier] = Field(
        min_length=1
    )  # names are folders of the release

    @model_validator(mode="after")
    def _two_bounds(self) -> "BalanceSettings":
        low = self.min_cosine is None and self.low_quantile is None
        high = self.max_cosine is None and self.high_quantile is None
        if low or high:
            raise ValueError("expected for each end of the band a cosine, or else a quantile")
        self._check_order("min_cosine", "max_cosine")
        self._check_order("low_quantile", "high_quantile")
        return self


class ReleaseSettings(_Section):
    """Files of a release."""

    formats: list[Literal["parquet", "webdataset"]]
    shard_rows: int = Field(ge=1, le=100_000)
    caption: CaptionChoice
    image_size: int = Field(ge=1, le=16_384)
    resize_mode: ResizeMode
    resize_only_if_bigger: bool
    encode_format: EncodeFormat
    encode_quality: int = Field(ge=0, le=100)
    skip_reencode: bool
    licence: str | None = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")
    seed: int

    @model_validator(mode="after")
    def _quality_of_the_format(self) -> "ReleaseSettings":
        if self.encode_format == "png" and self.encode_quality > MAX_PNG_LEVEL:
            raise ValueError(
                f"encode_quality is {self.encode_quality}; of png it is how hard it is packed, "
                f"expected 0 to {MAX_PNG_LEVEL}"
            )
        if self.encode_format != "png" and self.encode_quality == 0:
            raise ValueError("encode_quality is 0, expected 1 to 100")
        return self


class PairColumnSettings(_Section):
    """Names of the columns of a table that `realsyn assess` is given."""

    url: str
    text: str | None
    cosine: str | None
    licence: str | None


class AssessSettings(_Section):
    """Samples and sizes of the assessment; ``columns`` are of other tables and decide no content here."""

    sample_rows: int = Field(ge=1)
    bins: int = Field(ge=1, le=1000)
    topics: int = Field(ge=2, le=1000)
    topic_rows: int = Field(ge=1)
    topic_iterations: int = Field(ge=1, le=1000)
    vocabulary: int = Field(ge=100, le=1_000_000)
    map_rows: int = Field(ge=0, le=20_000)
    perplexity_rows: int = Field(ge=0)
    hosts: int = Field(ge=1, le=10_000)
    seed: int
    columns: PairColumnSettings = Field(exclude=True)


class TrainSettings(_Section):
    """The recipe by which ``realsyn train`` trains a CLIP on a tier."""

    model: str = Field(min_length=1)
    batch_size: int = Field(ge=1)
    epochs: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    weight_decay: float = Field(ge=0)
    beta1: float = Field(gt=0, lt=1)
    beta2: float = Field(gt=0, lt=1)
    eps: float = Field(gt=0)
    warmup_share: float = Field(ge=0, lt=1)
    rows_per_device: int | None = Field(ge=1)
    seed: int = Field(ge=0)


class EvaluateSettings(_Section):
    """How ``realsyn evaluate`` trains its linear probes."""

    probe_epochs: int = Field(ge=1)
    probe_learning_rate: float = Field(gt=0)
    probe_batch_size: int = Field(ge=1)
    seed: int = Field(ge=0)


class Config(_Section):
    """All settings of a run."""

    spark: SparkSettings
    resources: ResourceSettings
    batch: BatchSettings
    checks: CheckSettings
    buckets: BucketSettings
    models: ModelSettings
    sources: SourceSettings
    fetch: FetchSettings
    images: ImageSettings
    image_scorers: ImageScorerSettings
    dedup_images: DedupImageSettings
    sentences: SentenceSettings
    sentence_scorers: SentenceScorerSettings
    dedup_sentences: DedupSentenceSettings
    clusters: ClusterSettings
    retrieval: RetrievalSettings
    describe: DescribeSettings
    generate: GenerateSettings
    balance: BalanceSettings
    release: ReleaseSettings
    assess: AssessSettings
    train: TrainSettings
    evaluate: EvaluateSettings
    stages: dict[str, Literal["cpu", "gpu", "llm"]]

    @model_validator(mode="after")
    def _known_stages(self) -> "Config":
        for name in self.stages:
            stage_named(name)
        return self


ENVIRONMENTS = ("local", "databricks", "emr")
_OPEN = ("spark.conf", "balance.tiers", "stages")  # mappings whose keys are the user's own


def load_config(env: str, settings: Sequence[str] = ()) -> Config:
    """Read the settings of an environment and lay ``key=value`` settings over them.

    Raises:
        SettingError: unknown environment or key, wrong type, value out of range.
    """
    if env not in ENVIRONMENTS:
        raise SettingError(f"--env {env!r} is unknown; expected one of {', '.join(ENVIRONMENTS)}")
    merged = _read("base")
    _overlay(merged, _read(env), path="")
    for setting in settings:
        _apply(merged, setting)
    try:
        return Config.model_validate(merged)
    except ValidationError as error:
        raise SettingError(_explain(error)) from error


def base_config() -> Config:
    """Return conf/base.yaml alone, without an environment."""
    return Config.model_validate(_read("base"))


def check_stated_bounds(config: Config) -> None:
    """Check that sizes which a dataset states drop nothing that the measured ones would keep.

    Raises:
        SettingError: a bound of ``sources`` is stricter than that of ``images``.
    """
    sources, images = config.sources, config.images
    side, ratio = sources.min_stated_side_px, sources.max_stated_aspect_ratio
    if side is not None and side > images.min_side_px:
        raise SettingError(
            f"sources.min_stated_side_px is {side}, above images.min_side_px ({images.min_side_px}): it "
            "would drop pictures that this keeps; lower it as well, or set it to null"
        )
    if ratio is not None and ratio < images.max_aspect_ratio:
        raise SettingError(
            f"sources.max_stated_aspect_ratio is {ratio}, below images.max_aspect_ratio "
            f"({images.max_aspect_ratio}): it would drop pictures that this keeps; raise it as well, or "
            "set it to null"
        )


def section_digest(config: Config, sections: Sequence[str]) -> str:
    """Return the SHA-256 (hex) of the named sections' values, in canonical JSON."""
    values = {name: getattr(config, name).model_dump() for name in sorted(sections)}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _read(env: str) -> dict[str, Any]:
    with resource_path("conf", f"{env}.yaml").open(encoding="utf-8") as file:
        return yaml.safe_load(file) or {}


def _overlay(base: dict[str, Any], over: dict[str, Any], path: str) -> None:
    for key, value in over.items():
        here = f"{path}.{key}" if path else str(key)
        if path not in _OPEN and here not in _OPEN and key not in base:
            raise SettingError(_unknown(here, base, path))
        is_mapping = isinstance(base.get(key), dict)
        if is_mapping and not isinstance(value, dict):
            raise SettingError(
                f"setting {here}: got {value!r}, expected a mapping of names to values"
            )
        if is_mapping and here not in _OPEN:
            _overlay(base[key], value, here)
        else:
            base[key] = value


def _apply(merged: dict[str, Any], setting: str) -> None:
    """Lay one ``a.b=value`` over the settings; the value is YAML."""
    key, equals, text = setting.partition("=")
    if not equals or not key.strip():
        raise SettingError(f"--set {setting!r}: expected key=value, such as images.min_side_px=64")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingError(f"--set {key}: {text!r} is not YAML; quote it") from error
    parts = key.strip().split(".")
    if parts[:2] == ["spark", "conf"] and len(parts) > 2:
        parts = ["spark", "conf", ".".join(parts[2:])]
    over: Any = value
    for part in reversed(parts):
        over = {part: over}
    if parts[:2] == ["balance", "tiers"] and len(parts) > 2:
        tiers = dict(merged["balance"]["tiers"])
        tiers[parts[2]] = over["balance"]["tiers"][parts[2]]
        merged["balance"]["tiers"] = tiers
    elif parts[:2] == ["spark", "conf"] and len(parts) > 2:
        merged["spark"]["conf"] = {**merged["spark"]["conf"], parts[2]: str(value)}
    elif not isinstance(over, dict):
        raise SettingError(f"--set {setting!r}: expected key=value")
    else:
        _overlay(merged, over, path="")


def _unknown(name: str, known: dict[str, Any], path: str) -> str:
    close = difflib.get_close_matches(name.rsplit(".", 1)[-1], list(known), n=1)
    prefix = f"{path}." if path else ""
    hint = (
        f"; did you mean {prefix}{close[0]}?" if close else f"; expected one of {', '.join(known)}"
    )
    return f"setting {name} is unknown{hint}"


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors():
        where = ".".join(str(part) for part in problem["loc"])
        lines.append(f"setting {where}: got {problem['input']!r}, {problem['msg']}")
    return "; ".join(lines)
