"""Rules whose scores are stored, as SQL that judges every row again under other limits.

Nothing is computed anew: a score is null where a cheaper rule had dropped the row, so a stricter limit is
recounted exactly, and a looser one brings back what later rules have not judged as ``unknown``.
"""

from dataclasses import dataclass

UNKNOWN = "unknown"  # outcome of a row that this limit alone dropped and later rules have not seen
FOUND = "kept"
_BINS = 40
_MAX_WHOLE_BINS = 120


@dataclass(frozen=True)
class Knob:
    """One limit: its setting, what it limits, and the axis that a person moves it on.

    ``value``: SQL of the score. ``is_least``: rows below are dropped, else rows above.
    """

    setting: str
    label: str
    unit: str
    value: str
    low: float
    high: float
    step: float
    reason: str
    is_least: bool = True

    @property
    def name(self) -> str:
        """The setting without its section: the name of its parameter."""
        return self.setting.partition(".")[2]

    def bins(self) -> tuple[float, int]:
        """Return the upper end and the number of bins of its histogram; whole numbers have one each."""
        steps = round((self.high - self.low) / self.step)
        is_whole = self.step == 1 and steps <= _MAX_WHOLE_BINS
        return (self.high + 1, steps + 1) if is_whole else (self.high, _BINS)

    def rule(self) -> str:
        """Return the branch of a CASE that drops a row."""
        sign = "<" if self.is_least else ">"
        return f"WHEN {self.value} {sign} ${self.name}::REAL THEN '{self.reason}'"


@dataclass(frozen=True)
class RuleSet:
    """The rules of one kind of row, in the order of their cost.

    ``unjudged``: SQL that is true where rules after these have not seen the row.
    """

    entity: str
    table: str
    key: str
    knobs: tuple[Knob, ...]
    unjudged: str

    def judged_sql(self) -> str:
        """Return SQL of (id, is_kept, outcome) for each row; parameters are named as the knobs."""
        return _JUDGED.format(
            key=self.key,
            table=self.table,
            own=", ".join(sorted({f"'{knob.reason}'" for knob in self.knobs})),
            rules=" ".join(knob.rule() for knob in self.knobs),
            unjudged=self.unjudged,
        )

    def counts_sql(self) -> str:
        """Return SQL of (outcome, is_kept, row_count)."""
        return _COUNTS.format(judged=self.judged_sql())

    def changed_sql(self, is_kept: bool, count: int) -> str:
        """Return SQL of some ids that change sides: of rows kept now, or of rows that come back."""
        changes = _LEAVING if is_kept else _COMING
        return _CHANGED.format(judged=self.judged_sql(), changes=changes, count=count)

    def histogram_sql(self, knob: Knob) -> str:
        """Return SQL of (bin, row_count) of a score; what lies outside the axis is in its end bins."""
        high, bins = knob.bins()
        return _HISTOGRAM.format(
            last=bins - 1, value=knob.value, low=knob.low, width=(high - knob.low) / bins,
            table=self.table,
        )  # fmt: skip


# Names and rules are those of this module; every value from outside is a parameter.
_JUDGED = """
SELECT {key} AS id, drop_reason IS NULL AS is_kept,
  CASE WHEN drop_reason NOT IN ({own}) THEN drop_reason {rules}
    WHEN {unjudged} THEN 'unknown' ELSE 'kept' END AS outcome
FROM {table}
"""
_COUNTS = "SELECT outcome, is_kept, count(*) AS row_count FROM ({judged}) GROUP BY ALL"
_LEAVING = "is_kept AND outcome <> 'kept'"
_COMING = "NOT is_kept AND outcome IN ('kept', 'unknown')"
_CHANGED = "SELECT id FROM ({judged}) WHERE {changes} ORDER BY hash(id), id LIMIT {count}"
_HISTOGRAM = """
SELECT least({last}, greatest(0, floor((({value})::DOUBLE - {low}) / {width})))::INT AS bin,
  count(*) AS row_count
FROM {table} WHERE {value} IS NOT NULL GROUP BY ALL
"""

_SHORT, _LONG = "least(width_px, height_px)", "greatest(width_px, height_px)"

RULE_SETS = {
    "sentences": RuleSet(
        "sentence", "sentences", "sentence_id",
        (
            Knob("sentences.min_words", "least words", "words", "word_count", 1, 30, 1, "too_short"),
            Knob("sentences.max_words", "most words", "words", "word_count", 10, 120, 1, "too_long", False),
            Knob("sentences.min_complexity", "least complexity", "relations", "complexity", 0, 8, 1,
                 "low_complexity"),
            Knob("sentences.min_actions", "an action verb", "0: not asked for, 1: asked for",
                 "has_action::INT", 0, 1, 1, "no_action"),
            Knob("sentences.min_entropy_bits", "least information", "bits", "entropy_bits", 0, 3, 0.01,
                 "low_entropy"),
            Knob("sentences.min_perplexity", "least perplexity", "perplexity", "perplexity", 0, 150, 1,
                 "low_perplexity"),
            Knob("sentences.max_perplexity", "most perplexity", "perplexity", "perplexity", 50, 1000, 5,
                 "high_perplexity", False),
        ),
        unjudged="perplexity IS NULL",
    ),
    "images": RuleSet(
        "image", "images", "image_id",
        (
            Knob("images.min_side_px", "least shorter side", "px", _SHORT, 0, 600, 1, "too_small"),
            Knob("images.max_aspect_ratio", "most long over short side", "ratio",
                 f"{_LONG} / nullif({_SHORT}, 0)", 1, 10, 0.05, "aspect_ratio", False),
        ),
        unjudged="phash IS NULL",
    ),
    "pairs": RuleSet(
        "pair", "pairs", "image_id",
        (
            Knob("balance.min_cosine", "least cosine of image and synthetic text", "cosine", "cosine_syn",
                 0, 1, 0.005, "mismatched"),
            Knob("balance.max_cosine", "most cosine of image and synthetic text", "cosine", "cosine_syn",
                 0, 1, 0.005, "ocr_like", False),
        ),
        unjudged="cosine_syn IS NULL",
    ),
}  # fmt: skip
