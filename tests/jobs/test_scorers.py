"""Optional scorers in the stages: their settings, their digests, tables that an older version made."""

from dataclasses import replace

import numpy as np
import pytest
from pyspark.sql import Row

from jobs.digest import config_digest
from jobs.explain.image_story import score_lines
from jobs.filter_sentences import distinct_sentences, transform
from jobs.inputs import InputSpec
from jobs.model_digests import open_registry, parser_use, stage_model_digests
from jobs.warehouse import Warehouse
from realsyn_lib.config import load_config
from realsyn_lib.errors import SettingError
from realsyn_lib.sentences.rules import SentenceRules
from realsyn_lib.stages import stage_named
from realsyn_lib.tables import IMAGES, SENTENCES_FOUND
from tests.frames import frame, rows_of
from tests.jobs.test_sentence_jobs import word_file
from udfs.judge_sentences import LanguageRule
from udfs.worker_models import ModelUse

FILTER_IMAGES = stage_named("filter_images")


def test_by_default_nothing_is_scored_and_no_model_is_named():
    config = load_config("local")
    assert stage_model_digests()(FILTER_IMAGES, config) == {}
    assert config.sentence_scorers.language is None


def test_another_list_of_hashes_runs_filter_images_again_and_no_later_stage_by_itself(tmp_path):
    place = tmp_path / "known.csv"
    config = load_config("local", [f"image_scorers.known_hashes={place}"])
    found = []
    for text in ("0000000000000001\n", "0000000000000002\n", "0000000000000001\n"):
        place.write_text(text)
        found.append(config_digest(FILTER_IMAGES, config, InputSpec(), {}))
    assert found[0] == found[2] != found[1]
    embed = stage_named("embed_images")
    with_list = config_digest(embed, config, InputSpec(), {})
    assert with_list == config_digest(embed, load_config("local"), InputSpec(), {})


def test_a_scorer_that_is_no_image_scorer_stops_before_a_row_is_read():
    config = load_config("local", ["image_scorers.nsfw=efficientnet-lite0"])
    with pytest.raises(SettingError, match="'efficientnet-lite0' is a tagger"):
        stage_model_digests()(FILTER_IMAGES, config)


@pytest.mark.spark
def test_a_bucket_of_an_older_images_table_takes_the_score_columns(spark, tmp_path):
    warehouse = Warehouse(spark, str(tmp_path))
    older = [c for c in IMAGES.columns if not c.name.endswith("_score")]
    warehouse.create(replace(IMAGES, columns=tuple(older)))
    shown = {"content_id": 1, "document_id": 1, "position": 0, "occurrence_count": 1, "url": "a"}
    rows = [{"bucket": 0, "image_id": 7, **shown, "nsfw_score": float(np.float32(0.5))}]
    warehouse.overwrite(IMAGES, frame(spark, IMAGES, rows), "bucket = 0", ("test", 0), {})
    assert rows_of(warehouse.read(IMAGES), "image_id", "nsfw_score", "watermark_score") == [
        (7, 0.5, None)
    ]


@pytest.mark.spark
@pytest.mark.models
def test_a_sentence_of_another_language_is_dropped_before_the_parser_sees_it(
    spark, models, tmp_path
):
    pytest.importorskip("py3langid")
    texts = ["The old barn burned down last week.", "Der alte Stall ist letzte Woche abgebrannt."]
    rows = [
        {"sentence_id": k, "text": text, "document_id": 1, "position": k, "sentence_no": 0}
        for k, text in enumerate(texts)
    ]
    candidates = distinct_sentences(frame(spark, SENTENCES_FOUND, rows), SentenceRules())
    words = word_file(tmp_path, {"x": 0.1})  # no word is known: no sentence reaches the model
    parser, model = parser_use(open_registry(), "light"), ModelUse("smollm2-135m")
    rule = LanguageRule("en", 0.2)
    judged = transform(candidates, SentenceRules(), parser, words, model, 1, rule)
    found = rows_of(judged, "sentence_id", "drop_reason", "complexity")
    assert [row[1] for row in found] == ["low_entropy", "language"]
    assert found[0][2] >= 1
    assert found[1][2] is None


def test_scores_are_told_beside_their_limits_and_an_older_row_has_none():
    config = load_config("local", ["image_scorers.max_nsfw=0.25"])
    told = score_lines(Row(nsfw_score=0.5, watermark_score=None), config)
    assert told == ["nsfw 0.500; kept up to 0.25"]
    assert score_lines(Row(image_id=1), config) == []
