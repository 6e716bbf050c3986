"""The dear sentence rules in the order of their cost: language, complexity, entropy, perplexity."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from realsyn_lib.failpoints import reach
from realsyn_lib.sentences.entropy import WordTable, entropy_bits
from realsyn_lib.sentences.rules import (
    SentenceRules,
    entropy_reasons,
    parse_reasons,
    perplexity_reasons,
)
from realsyn_lib.tables import SENTENCES
from udfs.gather import gathered
from udfs.mapped_words import WordFile, mapped_words
from udfs.models.load_parser import ParserUse, worker_parser
from udfs.worker_models import ModelUse, worker_model

Batches = Iterator[pa.RecordBatch]
COLUMNS = tuple(name for name in SENTENCES.names if name != "bucket")
_ROWS_AT_ONCE = 4096  # texts that are sorted by length together for the language model


@dataclass(frozen=True)
class LanguageRule:
    """Sentences that score less than ``least`` for ``language`` (a code such as en) are dropped."""

    language: str
    least: float


def judge_sentences(
    rules: SentenceRules,
    parser: ParserUse,
    words: WordFile,
    language_model: ModelUse,
    language: LanguageRule | None = None,
) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function: rows with text and drop_reason -> ``COLUMNS``.

    A rule looks only at rows that all cheaper ones kept; the scores of others stay null. A worker
    holds the parser (the light one 120 MB), the mapped word table and the language model.
    """

    def judge(batches: Batches) -> Batches:
        table = mapped_words(words)
        for batch in gathered(batches, _ROWS_AT_ONCE):
            reach("judge_sentences.batch")
            rows = _parsed(_in_language(batch, language), rules, parser)
            rows = _weighed(rows, rules, table)
            yield _surprise(rows, rules, language_model).select(COLUMNS)

    return judge


def _in_language(rows: pa.RecordBatch, rule: LanguageRule | None) -> pa.RecordBatch:
    if rule is None:
        return rows.append_column("language_score", pa.nulls(rows.num_rows, pa.float32()))
    from udfs.models.language import language_scores  # an extra: only where it is asked for

    kept = _kept(rows)
    scores = pa.array(language_scores(rows["text"].filter(kept).to_pylist(), rule.language))
    foreign = pc.if_else(pc.less(scores, rule.least), "language", pa.scalar(None, pa.string()))
    return _judged(rows, kept, foreign).append_column("language_score", _spread(scores, kept))


def _parsed(rows: pa.RecordBatch, rules: SentenceRules, parser: ParserUse) -> pa.RecordBatch:
    kept = _kept(rows)
    parses = worker_parser(parser).parse(rows["text"].filter(kept).to_pylist())
    complexity = pa.array(parses.complexity, pa.int32())
    has_action = pa.array(parses.has_action, pa.bool_())
    rows = _judged(rows, kept, parse_reasons(complexity, has_action, rules))
    rows = rows.append_column("complexity", _spread(complexity, kept))
    return rows.append_column("has_action", _spread(has_action, kept))


def _weighed(rows: pa.RecordBatch, rules: SentenceRules, table: WordTable) -> pa.RecordBatch:
    kept = _kept(rows)
    bits = pa.array(entropy_bits(rows["text"].filter(kept), table), pa.float32())
    rows = _judged(rows, kept, entropy_reasons(bits, rules))
    return rows.append_column("entropy_bits", _spread(bits, kept))


def _surprise(rows: pa.RecordBatch, rules: SentenceRules, model: ModelUse) -> pa.RecordBatch:
    from udfs.models.language_model import load_language_model

    kept = _kept(rows)
    texts = rows["text"].filter(kept).to_pylist()
    scores = worker_model(model, load_language_model).perplexities(texts) if texts else np.empty(0)
    # A score that overflows, or that the model cannot give, is the largest surprise there is.
    finite = np.nan_to_num(scores, nan=np.inf, posinf=np.inf).clip(max=np.finfo(np.float32).max)
    perplexity = pa.array(finite, pa.float32())
    rows = _judged(rows, kept, perplexity_reasons(perplexity, rules))
    return rows.append_column("perplexity", _spread(perplexity, kept))


def _kept(rows: pa.RecordBatch) -> pa.Array:
    return pc.is_null(rows["drop_reason"])


def _judged(rows: pa.RecordBatch, kept: pa.Array, reasons: pa.Array) -> pa.RecordBatch:
    """Write the reasons of the rows that were looked at."""
    at = rows.schema.get_field_index("drop_reason")
    merged = pc.coalesce(rows["drop_reason"], _spread(reasons.cast(pa.string()), kept))
    return rows.set_column(at, "drop_reason", merged)


def _spread(values: pa.Array, kept: pa.Array) -> pa.Array:
    """Lay the values of the kept rows out over all rows, null elsewhere."""
    mask = kept.to_numpy(zero_copy_only=False)
    places = np.where(mask, np.cumsum(mask) - 1, 0)
    index = pa.array(places, pa.int64(), mask=~mask)
    return values.take(index)
