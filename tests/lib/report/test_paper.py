"""The run's funnel beside the paper's."""

from realsyn_lib.report.content import Loss, Step
from realsyn_lib.report.paper import beside_paper


def test_the_papers_rows_are_those_it_states():
    told = [row.published_rows / 1e6 for row in beside_paper(())]
    assert told == [118, 336, 285, 198, 2130, 1820, 1160, 840, 198, 168.3]


def test_a_stage_that_has_not_run_has_no_rows():
    assert {row.rows for row in beside_paper(())} == {None}


def test_sentences_are_split_where_the_paper_splits_them():
    losses = (
        Loss("emoji", "dropped", 1),
        Loss("low_entropy", "dropped", 2),
        Loss("high_perplexity", "dropped", 3),
    )
    rows = {
        row.name: row.rows
        for row in beside_paper((Step("filter_sentences", "sentence", 10, 4, losses),))
    }
    assert rows["sentences"] == 10
    assert rows["sound: words, structure"] == 9
    assert rows["telling: information, perplexity"] == 4


def test_each_row_is_that_of_its_stage():
    steps = (
        Step("extract_documents", "document", 9, 8, ()),
        Step("extract_documents", "image", 99, 99, ()),
        Step("filter_images", "image", 7, 6, ()),
        Step("dedup_images", "image", 6, 5, ()),
        Step("dedup_sentences", "sentence", 4, 3, ()),
        Step("balance_pairs", "pair", 5, 2, ()),
    )
    assert [row.rows for row in beside_paper(steps)] == [9, 7, 6, 5, None, None, None, 3, 5, 2]
