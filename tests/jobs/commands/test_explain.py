"""realsyn explain: an image's and a sentence's story, told to its end."""

import pytest

pytestmark = [pytest.mark.spark, pytest.mark.demo]


def told(realsyn, warehouse, *what):
    code, out, err = realsyn("explain", "--warehouse", warehouse, *what)
    return code, out, err


def one(spark, warehouse, table, condition, column):
    rows = spark.read.format("delta").load(f"{warehouse}/{table}").where(condition)
    return rows.orderBy(column).select(column).limit(1).collect()[0][0]


def test_a_released_image_is_told_from_its_page_to_its_tiers(realsyn, spark, demo_warehouse):
    image_id = one(spark, demo_warehouse, "samples", "tier = 'small'", "image_id")
    code, out, _err = told(realsyn, demo_warehouse, "--image", image_id)
    assert code == 0
    order = [
        "extract_documents", "fetch_images", "filter_images", "embed_images", "dedup_images",
        "retrieve_texts", "describe_images", "generate_texts", "balance_pairs", "publish_release",
    ]  # fmt: skip
    assert [line.split()[0] for line in out.splitlines()[1:] if line[0] != " "] == order
    assert "in the tiers: all, small" in out


def test_an_image_told_by_its_address_ends_where_a_rule_dropped_it(realsyn, spark, demo_warehouse):
    url = one(spark, demo_warehouse, "images", "drop_reason = 'too_small'", "url")
    code, out, _err = told(realsyn, demo_warehouse, "--image", url)
    assert code == 0
    last = out.splitlines()[-1]
    assert "ends here, too_small" in last
    assert "images.min_side_px is 100" in last
    assert "note:" not in out
    _code, out, _err = told(
        realsyn, demo_warehouse, "--image", url, "--set", "images.min_side_px=50"
    )
    assert "note: filter_images ran with other settings than this command's" in out


def test_a_duplicate_names_the_image_that_stands_for_it(realsyn, spark, demo_warehouse):
    condition = "kind = 'perceptual' AND id <> representative_id"
    image_id = one(spark, demo_warehouse, "image_duplicates", condition, "id")
    _code, out, _err = told(realsyn, demo_warehouse, "--image", image_id)
    assert "ends here, perceptual_duplicate" in out
    assert "stands for it" in out.splitlines()[-1]


def test_an_image_that_is_not_there_is_refused_with_what_was_tried(realsyn, demo_warehouse):
    code, _out, err = told(realsyn, demo_warehouse, "--image", "no/such.jpg")
    assert code == 2
    assert "no/such.jpg" in err
    assert "tried the ids" in err


def test_a_sentence_is_told_with_its_scores_and_the_images_that_got_it(
    realsyn, spark, demo_warehouse
):
    text = one(spark, demo_warehouse, "retrieved_texts", "rank = 1", "text")
    code, out, _err = told(realsyn, demo_warehouse, "--sentence", f"  {text}\n")
    assert code == 0
    assert "perplexity" in out
    assert "kept by all rules" in out
    assert "given to image" in out


def test_a_sentence_in_other_case_and_punctuation_is_found(realsyn, spark, demo_warehouse):
    text = one(spark, demo_warehouse, "retrieved_texts", "rank = 1", "text")
    _code, out, _err = told(realsyn, demo_warehouse, "--sentence", text.upper().rstrip(".") + "!")
    assert "kept by all rules" in out


def test_a_dropped_sentence_names_the_rule_and_its_own_score(realsyn, spark, demo_warehouse):
    text = one(spark, demo_warehouse, "sentences", "drop_reason = 'high_perplexity'", "text")
    _code, out, _err = told(realsyn, demo_warehouse, "--sentence", text)
    assert "ends here, high_perplexity" in out.splitlines()[-1]
    assert "kept from 30.0 to 200.0" in out


def test_a_sentence_that_is_not_there_is_refused(realsyn, demo_warehouse):
    code, _out, err = told(realsyn, demo_warehouse, "--sentence", "Nobody ever wrote this one.")
    assert code == 2
    assert "nobody ever wrote this one" in err
