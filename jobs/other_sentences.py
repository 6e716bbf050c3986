"""Sentences of another warehouse, for pictures that have no text of their own."""

import contextlib

from pyspark.sql import SparkSession

from jobs.ledger import Ledger
from jobs.names import local_or_uri
from jobs.schema_check import check_schema_versions
from jobs.warehouse import Warehouse
from realsyn_lib.config import Config
from realsyn_lib.errors import InputError, SettingError
from realsyn_lib.ids import content_hash_id
from realsyn_lib.sources.formats import source_format
from realsyn_lib.stages import OWNER_OF, SENTENCE_STAGES, StageSpec
from realsyn_lib.tables import RUNS

SENTENCES_FROM = "sentences_from"  # in input_versions
_SETTING = f"retrieval.{SENTENCES_FROM}"


def made_here(specs: list[StageSpec], config: Config) -> list[StageSpec]:
    """Leave out the stages of sentences where those of another warehouse are searched.

    Raises:
        SettingError: no other was asked for.
    """
    if config.retrieval.sentences_from is None:
        return specs
    left = [spec for spec in specs if spec.name not in SENTENCE_STAGES]
    if not left:
        raise SettingError(
            f"{specs[0].name}: {_SETTING} names the warehouse whose sentences are searched, so none are made "
            "here; leave the setting out to make this warehouse's own"
        )
    return left


def brings_text(form: str, config: Config) -> bool:
    """Say whether documents of a format may hold text; of one's own columns, whether one is named for it."""
    if form != "columns":
        return source_format(form).has_text
    named = config.sources.columns.model_dump(exclude_none=True).keys()
    return not named or not named.isdisjoint(("text", "texts"))


def require_texts(form: str | None, config: Config, specs: list[StageSpec]) -> None:
    """Refuse stages of sentences for documents that bring none.

    Raises:
        SettingError: says what to do instead.
    """
    if form is None or brings_text(form, config):
        return
    if any(spec.name in SENTENCE_STAGES for spec in specs):
        raise SettingError(
            f"--format {form} brings pictures without text; say with --set {_SETTING}=DIR which warehouse's "
            "sentences they are given, or stop with --to dedup_images"
        )


def open_sentences(spark: SparkSession, config: Config, own: Warehouse) -> Ledger | None:
    """Open what ``retrieval.sentences_from`` names, to be read as it is published; null without it.

    Raises:
        InputError: it is no warehouse.
        ContractError: its tables are of another layout.
        SettingError: it is the warehouse itself.
    """
    named = config.retrieval.sentences_from
    if named is None:
        return None
    place = local_or_uri(named).rstrip("/")
    if place == own.location:
        raise SettingError(f"{_SETTING} is the warehouse itself, {named}; leave it out")
    other = Warehouse(spark, place, own.files)
    if not other.exists(RUNS.name):
        raise InputError(
            f"{_SETTING} {named} is no warehouse: it has no table runs; name one that a run has filled up to "
            "cluster_sentences"
        )
    check_schema_versions(other)
    return Ledger(other, contextlib.nullcontext)


def home_of(table: str, own: Ledger, sentences: Ledger | None) -> Ledger:
    """Return the ledger that publishes a table."""
    is_of_sentences = OWNER_OF.get(table) in SENTENCE_STAGES
    return sentences if sentences is not None and is_of_sentences else own


def where_from(spec: StageSpec, sentences: Ledger | None) -> dict[str, int]:
    """Return what ``input_versions`` says of a stage that reads another warehouse: an id of its place."""
    if sentences is None or not any(OWNER_OF.get(table) in SENTENCE_STAGES for table in spec.reads):
        return {}
    return {SENTENCES_FROM: content_hash_id(sentences.warehouse.location)}
