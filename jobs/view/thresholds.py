"""What other limits would keep, from the scores that are stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from jobs.published_files import PublishedFiles
from jobs.view.fates import Fates
from jobs.view.queries import Queries
from realsyn_lib.config import Config
from realsyn_lib.errors import InputError
from realsyn_lib.report.content import Histogram
from realsyn_lib.view.content import ImageCard, SentenceCard
from realsyn_lib.view.thresholds import FOUND, RULE_SETS, UNKNOWN, Knob, RuleSet

_EXAMPLES = 8


@dataclass(frozen=True)
class Setting:
    """A limit as it stands: the value of the run, and the one that is tried."""

    knob: Knob
    now: float
    tried: float
    histogram: Histogram


@dataclass(frozen=True)
class Outcome:
    """Rows that end with a word, under the run's limits and under those tried."""

    word: str
    row_count: int
    kept_now: int


@dataclass(frozen=True)
class Trial:
    """What the limits that are tried would do.

    ``leaving`` were kept and would not be; ``coming`` were not and would be, or would go on to rules
    that have not judged them yet (``unknown`` rows).
    """

    name: str
    settings: tuple[Setting, ...]
    outcomes: tuple[Outcome, ...]
    kept_now: int
    kept_then: int
    unknown: int
    leaving_count: int
    coming_count: int
    leaving: tuple[ImageCard | SentenceCard, ...]
    coming: tuple[ImageCard | SentenceCard, ...]
    flags: str


class Thresholds:
    """Judges rows again; axes and values are checked, so nothing from outside reaches SQL as text."""

    def __init__(
        self, published: PublishedFiles, queries: Queries, fates: Fates, config: Config
    ) -> None:
        self._published, self._queries, self._fates = published, queries, fates
        self._config = config
        self._histogram = cache(self._drawn)

    def trial(self, name: str, asked: Mapping[str, str]) -> Trial:
        """Judge the rows of a rule set; a limit that is not asked for stays as it is.

        Raises:
            InputError: no such rule set, or a value that is no number.
        """
        if name not in RULE_SETS:
            raise InputError(
                f"there are no rules of {name}; expected one of {', '.join(RULE_SETS)}"
            )
        rules = RULE_SETS[name]
        settings = tuple(self._setting(rules, knob, asked) for knob in rules.knobs)
        tried = {setting.knob.name: setting.tried for setting in settings}
        counted = self._queries.rows(rules.counts_sql(), tried)
        words = sorted({row["outcome"] for row in counted}, key=lambda word: (word != FOUND, word))
        outcomes = tuple(
            Outcome(
                word,
                sum(row["row_count"] for row in counted if row["outcome"] == word),
                sum(
                    row["row_count"] for row in counted if row["outcome"] == word and row["is_kept"]
                ),
            )
            for word in words
        )
        by_word = {outcome.word: outcome for outcome in outcomes}
        none = Outcome("", 0, 0)
        kept, unknown = by_word.get(FOUND, none), by_word.get(UNKNOWN, none)
        kept_now = sum(outcome.kept_now for outcome in outcomes)
        coming = kept.row_count - kept.kept_now + unknown.row_count - unknown.kept_now
        return Trial(
            name, settings, outcomes, kept_now, kept.row_count, unknown.row_count,
            leaving_count=kept_now - kept.kept_now,
            coming_count=coming,
            leaving=self._changed(rules, True, tried),
            coming=self._changed(rules, False, tried),
            flags=" ".join(
                f"--set {s.knob.setting}={s.tried:g}" for s in settings if s.tried != s.now
            ),
        )  # fmt: skip

    def _setting(self, rules: RuleSet, knob: Knob, asked: Mapping[str, str]) -> Setting:
        now = self._now(knob)
        text = asked.get(knob.name, "")
        try:
            tried = float(text) if text else now
        except ValueError as error:
            raise InputError(f"{knob.setting}: {text[:40]!r} is no number") from error
        if not -1e9 < tried < 1e9:
            raise InputError(f"{knob.setting}: {tried} is out of range")
        low, high = min(knob.low, now), max(knob.high, now)
        axis = Knob(**{**vars(knob), "low": low, "high": high})
        counts = self._histogram(rules.table, axis)
        kept = (tried, None) if knob.is_least else (None, tried)
        drawn = Histogram(knob.label, knob.unit, low, axis.bins()[0], counts, kept)
        return Setting(axis, now, tried, drawn)

    def _now(self, knob: Knob) -> float:
        """Return the limit of the run where it kept it (the cosine band), else that of the settings."""
        run = self._published.runs.get("balance_pairs")
        if run is not None and knob.setting.startswith("balance.") and knob.name in run.metrics:
            return run.metrics[knob.name]
        section, name = knob.setting.split(".")
        value = getattr(getattr(self._config, section), name)
        return float(value) if value is not None else (knob.low if knob.is_least else knob.high)

    def _drawn(self, table: str, knob: Knob) -> tuple[int, ...]:
        rules = next(found for found in RULE_SETS.values() if found.table == table)
        counted = self._queries.rows(rules.histogram_sql(knob))
        counts = {row["bin"]: row["row_count"] for row in counted}
        return tuple(counts.get(place, 0) for place in range(knob.bins()[1]))

    def _changed(
        self, rules: RuleSet, is_kept: bool, tried: dict[str, float]
    ) -> tuple[ImageCard | SentenceCard, ...]:
        found = self._queries.rows(rules.changed_sql(is_kept, _EXAMPLES), tried)
        ids = [row["id"] for row in found]
        of_sentences = rules.entity == "sentence"
        cards = self._fates.sentences(ids) if of_sentences else self._fates.images(ids)
        return tuple(cards[id] for id in ids if id in cards)
