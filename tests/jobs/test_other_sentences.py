"""Whose sentences images are given, and what is refused before anything is made."""

from types import SimpleNamespace

import pytest

from jobs.other_sentences import home_of, made_here, require_texts
from jobs.widths import check_widths
from realsyn_lib.config import load_config
from realsyn_lib.errors import ModelError, SettingError
from realsyn_lib.stages import stage_named, stages_between
from tests.tiny_site import picture, realsyn

LOCAL = load_config("local")
OTHER = load_config("local", ["retrieval.sentences_from=/other"])
LINE = stages_between("dedup_images", "retrieve_texts")


def names(specs):
    return [spec.name for spec in specs]


def test_with_another_warehouses_sentences_none_are_made_here():
    assert made_here(LINE, LOCAL) == LINE
    assert names(made_here(LINE, OTHER)) == ["dedup_images", "retrieve_texts"]
    with pytest.raises(SettingError, match="none are made here"):
        made_here([stage_named("embed_sentences")], OTHER)


def test_a_format_without_text_needs_another_warehouses_sentences():
    with pytest.raises(SettingError, match="--format images brings pictures without text"):
        require_texts("images", LOCAL, LINE)
    require_texts("images", LOCAL, made_here(LINE, OTHER))
    for form in ("html", "img2dataset", "mint1t", "columns", None):
        require_texts(form, LOCAL, LINE)


def test_ones_own_columns_bring_text_where_one_is_named_for_it():
    pictures = "sources.columns.image=image"
    alone = load_config("local", [pictures, "sources.columns.alt_text=label"])
    with pytest.raises(SettingError, match="--format columns brings pictures without text"):
        require_texts("columns", alone, LINE)
    require_texts("columns", load_config("local", [pictures, "sources.columns.text=caption"]), LINE)


@pytest.mark.models
def test_the_command_refuses_both_before_anything_is_made(models, tmp_path, capsys):
    picture(tmp_path / "a.png", seed=1)
    place = ("run", "--input", tmp_path, "--warehouse", tmp_path / "w")
    for named in (("--format", "images"), ()):
        assert realsyn(*place, *named) == 2
        assert "--set retrieval.sentences_from=DIR" in capsys.readouterr().err
    assert realsyn(*place, "--set", "retrieval.sentences_from=/x", "--from", "filter_sentences",
                   "--to", "cluster_sentences") == 2  # fmt: skip
    assert "none are made here" in capsys.readouterr().err
    assert not (tmp_path / "w").exists()


def ledger(**metrics):
    """A ledger whose stages all ended with these metrics."""
    run = SimpleNamespace(metrics={"embedding_width": 384.0, **metrics})
    place = SimpleNamespace(location="/other")
    return SimpleNamespace(last_finished=lambda _name: run, warehouse=place)


def checked(ours, theirs) -> None:
    stage = SimpleNamespace(spec=stage_named("retrieve_texts"), ledger=ours, other_sentences=theirs)
    stage.home_of = lambda table: home_of(table, ours, theirs)
    check_widths(stage)


def test_sentences_of_another_encoder_are_refused_though_their_width_is_the_same():
    checked(ledger(encoder=7.0), ledger(encoder=7.0))
    for ours, theirs in (({"encoder": 7.0}, {"encoder": 8.0}), ({"encoder": 7.0}, {}), ({}, {})):
        with pytest.raises(ModelError, match="/other were not embedded by one encoder"):
            checked(ledger(**ours), ledger(**theirs))
    checked(ledger(), None)


def test_sentences_of_another_width_are_refused():
    with pytest.raises(ModelError, match="sentence_centroids has width 512"):
        checked(ledger(encoder=7.0), ledger(encoder=7.0, embedding_width=512.0))
