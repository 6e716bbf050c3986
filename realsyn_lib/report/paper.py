"""A run's funnel beside that of the RealSyn paper."""

from dataclasses import dataclass

from realsyn_lib.report.content import Step

MEANING = ("low_entropy", "low_perplexity", "high_perplexity")  # the paper's semantic filtering


@dataclass(frozen=True)
class Beside:
    """One step of the paper and of the run. ``rows`` is None where the run has not come so far.

    ``starts`` says that no share is taken: the row before counts something else.
    """

    name: str
    rows: int | None
    published_rows: int
    starts: bool = False


def beside_paper(steps: tuple[Step, ...]) -> tuple[Beside, ...]:
    """Return the steps whose rows the paper states, with the rows of a run.

    Source: RealSyn, arXiv 2502.12513, sections 3.1 to 3.3.
    """
    found = {(step.stage, step.entity): step for step in steps}
    sentences = found.get(("filter_sentences", "sentence"))
    return (
        Beside("documents", _rows_in(found, "extract_documents", "document"), 118_000_000, True),
        Beside("images", _rows_in(found, "filter_images", "image"), 336_000_000, True),
        Beside("large enough, not too long", _kept(found, "filter_images", "image"), 285_000_000),
        Beside("not duplicates", _kept(found, "dedup_images", "image"), 198_000_000),
        Beside("sentences", _rows_in(found, "filter_sentences", "sentence"), 2_130_000_000, True),
        Beside("sound: words, structure", _sound(sentences), 1_820_000_000),
        Beside("telling: information, perplexity", _kept(found, "filter_sentences", "sentence"),
               1_160_000_000),
        Beside("not duplicates", _kept(found, "dedup_sentences", "sentence"), 840_000_000),
        Beside("pairs", _rows_in(found, "balance_pairs", "pair"), 198_000_000, True),
        Beside("inside the cosine band", _kept(found, "balance_pairs", "pair"), 168_300_000),
    )  # fmt: skip


def _rows_in(found: dict[tuple[str, str], Step], stage: str, entity: str) -> int | None:
    step = found.get((stage, entity))
    return step.rows_in if step else None


def _kept(found: dict[tuple[str, str], Step], stage: str, entity: str) -> int | None:
    step = found.get((stage, entity))
    return step.kept if step else None


def _sound(sentences: Step | None) -> int | None:
    """Rows kept by the rules before those of meaning, which one stage holds here."""
    if sentences is None:
        return None
    return sentences.kept + sum(
        loss.row_count for loss in sentences.losses if loss.reason in MEANING
    )
