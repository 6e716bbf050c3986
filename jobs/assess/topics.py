"""Topics of texts by latent Dirichlet allocation (LDA), the same at any partitioning."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pyspark import StorageLevel
from pyspark.ml.clustering import LDA
from pyspark.ml.feature import CountVectorizerModel, StopWordsRemover
from pyspark.ml.functions import vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql.functions import (
    array_distinct,
    array_max,
    col,
    count,
    desc,
    explode,
    expr,
    lit,
    lower,
    regexp_extract_all,
    xxhash64,
)

from jobs.fit_sample import rank_sql

WEIGHTS_DDL = "source string, image_id bigint, weights array<double>"

_WORD = r"[\p{L}\p{M}]{3,}+"  # no number and no short word tells a topic
_TEXTS_PER_TOPIC = 10  # at least: on fewer, a topic is a text
_TEXTS_PER_PARTITION = 50_000  # decides content: batches are drawn partition by partition
_TEXTS_PER_BATCH = 2_000  # small batches, often: with large ones topics stay mixed
_BATCH_SHARES = (0.02, 0.2)  # of all texts, at least and at most
_LEAST_TEXTS = 2  # that hold a word of the vocabulary
_MOST_SHARE = 0.5  # of all texts: a word in more of them parts none
_WORDS_TOLD = 8
_OFFSET, _DECAY = 10.0, 0.7  # Spark's offset of 1,024 is for thousands of batches


@dataclass(frozen=True)
class TopicSettings:
    """``topics``: at most so many. ``vocabulary``: words. ``iterations``: batches learned from."""

    topics: int
    vocabulary: int
    iterations: int
    seed: int


@dataclass(frozen=True)
class Topic:
    """Its most probable words and their probabilities, most probable first."""

    topic_id: int
    words: tuple[str, ...]
    word_weights: tuple[float, ...]


@dataclass(frozen=True)
class Fitted:
    """Topics, and the weight of each of them in every text: rows of ``WEIGHTS_DDL``."""

    topics: tuple[Topic, ...]
    weights: DataFrame


@contextmanager
def fitted_topics(texts: DataFrame, rows: int, settings: TopicSettings) -> Iterator[Fitted | None]:
    """Fit topics on about ``rows`` texts (source, image_id, text), one a pair; held until the end.

    None where there are too few texts, or too few words that two of them share. Texts without a
    word of the vocabulary are of no topic and are left out.

    Rows are dealt to partitions by their hash, as many as ``rows`` wants, and sorted there by hash
    rank: what Spark draws by partition does not depend on how the texts came. Beyond two partitions
    sums may differ in their last digits.
    """
    topics = min(settings.topics, rows // _TEXTS_PER_TOPIC)
    words = texts.select("source", "image_id", content_words().alias("words"))
    vocabulary = most_frequent(words, rows, settings.vocabulary) if topics >= 2 else []
    if len(vocabulary) < 2:
        yield None
        return
    held = _dealt(words, vocabulary, rows, settings.seed).persist(StorageLevel.MEMORY_AND_DISK)
    try:
        model = _estimator(topics, rows, settings).fit(held)
        told = [
            Topic(
                row.topic, tuple(vocabulary[at] for at in row.termIndices), tuple(row.termWeights)
            )
            for row in model.describeTopics(_WORDS_TOLD).collect()
        ]
        weights = model.transform(held).select(
            "source", "image_id", vector_to_array(col("topicDistribution")).alias("weights")
        )
        kept = weights.where(array_max("weights") > 0).persist(StorageLevel.MEMORY_AND_DISK)
        yield Fitted(tuple(told), kept)
        kept.unpersist()
    finally:
        held.unpersist()


def content_words() -> Column:
    """Return the words of the column ``text`` that may tell a topic, in lower case."""
    return regexp_extract_all(lower(col("text")), lit(_WORD), lit(0))


def most_frequent(words: DataFrame, rows: int, most: int) -> list[str]:
    """Return the words in most texts, at most ``most``; stop words and those in half of all left out.

    Of equally frequent words the earlier in the alphabet comes first. The driver holds them.
    """
    each = words.select(explode(array_distinct("words")).alias("word"))
    counted = each.groupBy("word").agg(count(lit(1)).alias("texts"))
    common = counted.where((col("texts") >= _LEAST_TEXTS) & (col("texts") <= _MOST_SHARE * rows))
    stop_words = StopWordsRemover.loadDefaultStopWords("english")
    content = common.where(~col("word").isin(stop_words))
    first = content.orderBy(desc("texts"), "word").limit(most)
    return [row.word for row in first.collect()]


def _dealt(words: DataFrame, vocabulary: list[str], rows: int, seed: int) -> DataFrame:
    """Return (source, image_id, features) in partitions whose rows and order depend on hashes alone."""
    counts = CountVectorizerModel.from_vocabulary(vocabulary, "words", "features")
    counted = counts.transform(words).select("source", "image_id", "features")
    partitions = -(-rows // _TEXTS_PER_PARTITION)
    dealt = counted.repartition(partitions, xxhash64("image_id", "source"))
    return dealt.sortWithinPartitions(expr(rank_sql(seed, "image_id")), "image_id", "source")


def _estimator(topics: int, rows: int, settings: TopicSettings) -> LDA:
    least, most = _BATCH_SHARES
    share = min(max(_TEXTS_PER_BATCH / rows, least), most)
    return LDA(
        k=topics, maxIter=settings.iterations, seed=settings.seed, optimizer="online",
        subsamplingRate=share, learningOffset=_OFFSET, learningDecay=_DECAY,
    )  # fmt: skip
