"""What a report says: plain values, bounded by whoever fills them, escaped by whoever shows them."""

from dataclasses import dataclass, field

from realsyn_lib.report.assessment import Assessment


@dataclass(frozen=True)
class Fact:
    """One line of the header."""

    name: str
    value: str


@dataclass(frozen=True)
class Loss:
    """Rows that a stage did not keep, by reason. ``outcome``: dropped or quarantined."""

    reason: str
    outcome: str
    row_count: int


@dataclass(frozen=True)
class Step:
    """One stage's effect on one entity (document, image, sentence, pair)."""

    stage: str
    entity: str
    rows_in: int
    kept: int
    losses: tuple[Loss, ...]


@dataclass(frozen=True)
class StageTime:
    """When a stage ran last, how long, and by which settings.

    ``rows``: those that came in. ``changed``: what is no longer as that run found it (``settings``,
    names of tables), so that the settings shown may not be its own; None where that cannot be told.
    """

    stage: str
    run_id: str
    started_at: str
    took_s: float
    config_digest: str
    rows: int | None = None
    changed: tuple[str, ...] | None = ()


@dataclass(frozen=True)
class Histogram:
    """Counts of equal bins from ``low`` to ``high``; ``limits`` are drawn into it.

    ``unit`` says what the axis is of; values outside lie in the end bins. ``limits``: the least and
    the most that a rule keeps, None where it has no such end.
    """

    title: str
    unit: str
    low: float
    high: float
    counts: tuple[int, ...]
    limits: tuple[float | None, float | None] = (None, None)

    @property
    def rows(self) -> int:
        """All values that were counted."""
        return sum(self.counts)


@dataclass(frozen=True)
class ClusterSizes:
    """Sizes of image clusters, largest first: the first few, and figures of all.

    ``tier`` is None for all pairs inside the cosine band, before any tier is drawn.
    """

    tier: str | None
    rows: int
    clusters: int
    median: int
    largest: tuple[int, ...]


@dataclass(frozen=True)
class Recall:
    """What an image would find in its ``nprobe`` nearest clusters, measured on some images.

    ``share`` of the answers of an exact search; ``products``: sentences looked at for one image.
    ``is_used``: the row of the run itself.
    """

    nprobe: int
    share: float
    products: float
    is_used: bool = False


@dataclass(frozen=True)
class Measured:
    """A share that a stage measured of itself on ``rows`` rows, such as the pairs that it found."""

    name: str
    share: float
    rows: int | None = None


@dataclass(frozen=True)
class Skew:
    """How unevenly ``rows`` fall into ``groups``: sizes in the middle, near the top, at the top.

    ``p99`` is the size that 99 of 100 groups do not pass.
    """

    name: str
    groups: int
    rows: int
    median: int
    p99: int
    largest: int

    @property
    def times_mean(self) -> float:
        """The largest group over the mean one, at least 1; 0 where there is none."""
        return self.largest * self.groups / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Setting:
    """One setting by its dotted key, as YAML, and the environment's own where it differs."""

    key: str
    value: str
    usual: str | None = None


@dataclass(frozen=True)
class PublishedTable:
    """A table and the version of it that a stage's last finished run published."""

    name: str
    stage: str
    version: int


@dataclass(frozen=True)
class Picture:
    """A small JPEG as a data: URI, or the reason why there is none."""

    uri: str | None
    reason: str | None = None


@dataclass(frozen=True)
class RetrievedText:
    """One retrieved sentence of an image and their cosine."""

    text: str
    cosine: float


@dataclass(frozen=True)
class Card:
    """One kept image with all that the line wrote about it."""

    image_id: int
    url: str
    retrieved: tuple[RetrievedText, ...]
    caption: str | None
    tags: tuple[str, ...]
    synthetic: str | None
    cosine: float | None
    fallback_reason: str | None
    tiers: tuple[str, ...]


@dataclass(frozen=True)
class Member:
    """One member of a component of duplicates: an image (its url) or a sentence (its text)."""

    id: int
    label: str
    is_representative: bool


@dataclass(frozen=True)
class Component:
    """Some members of a component, the representative first. ``size`` counts all of them."""

    kind: str
    component_id: int
    size: int
    members: tuple[Member, ...]


@dataclass(frozen=True)
class Example:
    """One row that was not kept: what it is, and its own scores or what was seen."""

    label: str
    note: str
    image_id: int | None = None


@dataclass(frozen=True)
class Dropped:
    """Examples of one reason. ``meaning`` is the word's line in ``realsyn_lib.reasons``."""

    reason: str
    meaning: str
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Content:
    """The whole report. ``pictures`` are by image_id, ``recalls`` by rising nprobe."""

    facts: tuple[Fact, ...]
    steps: tuple[Step, ...]
    times: tuple[StageTime, ...]
    histograms: tuple[Histogram, ...]
    clusters: tuple[ClusterSizes, ...]
    cards: tuple[Card, ...]
    image_components: tuple[Component, ...]
    sentence_components: tuple[Component, ...]
    dropped_images: tuple[Dropped, ...]
    dropped_sentences: tuple[Dropped, ...]
    quarantined: tuple[Dropped, ...]
    recalls: tuple[Recall, ...] = ()
    measured: tuple[Measured, ...] = ()
    skews: tuple[Skew, ...] = ()
    settings: tuple[Setting, ...] = ()
    versions: tuple[Fact, ...] = ()
    tables: tuple[PublishedTable, ...] = ()
    assessment: Assessment = field(default_factory=Assessment)
    pictures: dict[int, Picture] = field(default_factory=dict)
