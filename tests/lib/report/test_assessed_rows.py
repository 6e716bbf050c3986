"""Rows of the assessment's tables into figures."""

import pytest

from realsyn_lib.report.assessed_rows import AssessedSet, assessment_of, measures_of

ROWS = [
    ("bins", "all", 4.0),
    ("cut_share", "text1", 0.25), ("cut_share", "syn_text", 0.0),
    ("tokens_text1", "0.0000", 3.0), ("tokens_text1", "60.0000", 1.0),
    ("tokens_text1_summary", "mean", 21.5),
    ("cosine_syn", "0.4000", 2.0), ("cosine_syn_summary", "mean", 0.5),
    ("distinct_words", "text1", 40.0), ("distinct_words", "syn_text", 30.0),
    ("distinct_entities", "text1", 10.0), ("distinct_entities", "syn_text", 7.0),
    ("shared_entities", "syn_text+text1", 4.0),
    ("cluster_sizes_all", "1", 9.0), ("cluster_sizes_all", "16", 2.0), ("cluster_sizes_all", "2", 5.0),
    ("hosts", "a.example", 5.0), ("hosts", "b.example", 7.0), ("hosts", "(all others)", 3.0),
]  # fmt: skip
ONE = AssessedSet(
    "", measures_of(ROWS), [(0, ["cat", "dog"], 0.4), (1, ["sea"], 0.6)], [(1, 0.5, -1.0)]
)


@pytest.fixture(scope="module")
def found():
    return assessment_of([ONE])


def test_a_histogram_has_every_bin_as_a_share_of_its_rows(found):
    tokens, cosines = found.distributions
    (line,) = tokens.lines
    assert (line.name, line.rows, line.shares, line.mean) == ("text1", 4, (0.75, 0, 0, 0.25), 21.5)
    assert (tokens.low, tokens.high, tokens.unit) == (0.0, 80.0, "CLIP tokens")
    assert cosines.lines[0].name == "syn_text" and cosines.lines[0].shares == (0, 0, 1.0, 0)


def test_figures_stand_by_kind_of_text_and_what_was_not_measured_is_none(found):
    assert found.kinds == ("text1", "syn_text")
    figures = {figure.name: figure.values for figure in found.figures}
    assert figures["mean CLIP tokens"] == (21.5, None)
    assert figures["share that CLIP cuts"] == (0.25, 0.0)
    assert figures["mean cosine"] == (None, 0.5)
    assert "median perplexity" not in figures


def test_what_two_kinds_share_is_taken_from_both(found):
    (overlap,) = found.overlaps
    assert (overlap.first, overlap.second) == ("syn_text", "text1")
    assert (overlap.only_first, overlap.shared, overlap.only_second) == (3, 4, 6)


def test_topics_come_by_share_and_a_curve_by_size(found):
    assert [(topic.words, topic.shares) for topic in found.topics] == [
        (("sea",), (0.6,)), (("cat", "dog"), (0.4,)),
    ]  # fmt: skip
    assert found.curves[0].name == "all"
    assert found.curves[0].points == ((1, 9), (2, 5), (16, 2))


def test_hosts_come_by_rows_and_the_others_are_counted(found):
    (hosts,) = found.hosts
    assert (hosts.rows, hosts.more) == ((("b.example", 7), ("a.example", 5)), 3)
    many = [("bins", "all", 4.0), *(("hosts", f"h{n:02d}", 1.0) for n in range(20))]
    (cut,) = assessment_of([AssessedSet("", measures_of(many))]).hosts
    assert (len(cut.rows), cut.more) == (15, 5)


def test_two_sets_stand_side_by_side():
    other = AssessedSet("other", measures_of(ROWS), [(0, ["cat", "dog"], 0.7), (1, ["sea"], 0.3)])
    mine = AssessedSet("mine", ONE.measures, ONE.topics)
    shared = measures_of([("shared_entities", "mine:text1+other:text1", 6.0)])
    found = assessment_of([mine, other], shared)
    assert found.kinds == ("mine: text1", "mine: syn_text", "other: text1", "other: syn_text")
    assert found.topics[0].words == ("cat", "dog") and found.topics[0].shares == (0.4, 0.7)
    by_name = {(o.first, o.second): (o.only_first, o.shared, o.only_second) for o in found.overlaps}
    assert by_name["mine:text1", "other:text1"] == (4, 6, 4)
    assert by_name["mine:syn_text", "other:text1"] == (7, 0, 10)
    assert len(by_name) == 4


def test_nothing_assessed_is_nothing_drawn():
    empty = assessment_of([AssessedSet("", {})])
    assert not (empty.figures or empty.distributions or empty.topics or empty.curves or empty.hosts)
