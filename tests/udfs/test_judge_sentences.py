"""The dear rules in one pass: each looks only at what the cheaper ones kept, in any batches."""

import hashlib

import pyarrow as pa
import pytest

from realsyn_lib.sentences.rules import SentenceRules
from realsyn_lib.tables import SENTENCES
from udfs.judge_sentences import COLUMNS, judge_sentences
from udfs.mapped_words import WordFile
from udfs.models.load_parser import ParserUse
from udfs.worker_models import ModelUse

pytestmark = pytest.mark.models

TEXTS = [
    "Yes and no and yes and no.",
    "The old lighthouse above the harbour.",
    "The black dog chased a small cat through the narrow garden.",
    "Purple oblong teapots evangelise seventeen granular moustaches.",  # no word of the table
    "The dog and the oblong teapots evangelise a granular cat.",
]
GIVEN = ("sentence_id", "document_id", "position", "occurrence_count", "text", "word_count")
SCORES = ("complexity", "has_action", "entropy_bits", "perplexity")


@pytest.fixture(scope="module")
def words(tmp_path_factory) -> WordFile:
    path = tmp_path_factory.mktemp("words") / "words.arrow"
    table = pa.table({"word": ["a", "cat", "dog", "the"], "share": [0.2, 0.1, 0.1, 0.4]})
    with pa.ipc.new_file(str(path), table.schema) as file:
        file.write_table(table)
    return WordFile(str(path), hashlib.sha256(path.read_bytes()).hexdigest())


@pytest.fixture(scope="module")
def judge(models, words):
    parser = ParserUse("data", str(models.folder("light")))
    rules = SentenceRules(min_perplexity=2.0, max_perplexity=400.0, min_entropy_bits=0.5)
    return judge_sentences(rules, parser, words, ModelUse("smollm2-135m"))


def rows_of(texts: list[str]) -> pa.RecordBatch:
    columns = {name: list(range(len(texts))) for name in ("sentence_id", "document_id")}
    columns |= {"position": [0] * len(texts), "occurrence_count": [1] * len(texts)}
    columns |= {"text": texts, "word_count": [len(text.split()) for text in texts]}
    columns["drop_reason"] = [None] * len(texts)
    schema = SENTENCES.arrow_schema(*GIVEN, "drop_reason")
    return pa.RecordBatch.from_pydict(columns, schema=schema)


@pytest.fixture(scope="module")
def judged(judge) -> list[dict]:
    return pa.Table.from_batches(judge(iter([rows_of(TEXTS)]))).to_pylist()


def test_each_rule_drops_what_it_should(judged):
    assert [row["drop_reason"] for row in judged] == [
        "low_complexity", "no_action", None, "low_entropy", "high_perplexity",
    ]  # fmt: skip


def test_a_rule_scores_only_what_the_cheaper_ones_kept(judged):
    scored = [[row[name] is not None for name in SCORES] for row in judged]
    parsed, weighed, all_four = [[n < count for n in range(4)] for count in (2, 3, 4)]
    assert scored == [parsed, parsed, all_four, weighed, all_four]


def test_the_columns_have_the_declared_types(judge):
    (batch,) = judge(iter([rows_of(TEXTS)]))
    assert batch.schema.equals(SENTENCES.arrow_schema(*COLUMNS))


def test_batches_of_one_row_are_judged_alike(judge, judged):
    batches = [rows_of(TEXTS).slice(n, 1) for n in range(len(TEXTS))]
    assert pa.Table.from_batches(judge(iter(batches))).to_pylist() == judged
    alone = [pa.Table.from_batches(judge(iter([batch]))).to_pylist()[0] for batch in batches]
    assert alone == judged
