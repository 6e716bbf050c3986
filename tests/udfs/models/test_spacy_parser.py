"""The spaCy parser with a real pipeline, trained here in seconds on a few sentences by heart."""

import random
import shutil
from io import StringIO
from pathlib import Path

import pytest
import spacy
from rich.console import Console
from spacy.training import Example

import jobs.model_digests
from jobs.commands.models import list_models
from jobs.model_digests import open_registry, parser_use, stage_model_digests
from realsyn_lib.config import load_config
from realsyn_lib.errors import ModelError, SettingError
from realsyn_lib.models.registry import Registry, parse_registry
from realsyn_lib.stages import STAGES
from udfs.models.load_parser import ParserUse, worker_parser

# Words, their classes, labels and heads (counted from 0).
TRAINED = [
    ("A black cat chases a small brown bird .",
     "DET ADJ NOUN VERB DET ADJ ADJ NOUN PUNCT",
     "det amod nsubj ROOT det amod amod dobj punct", (2, 2, 3, 3, 7, 7, 7, 3, 3)),
    ("The dog sleeps .", "DET NOUN VERB PUNCT", "det nsubj ROOT punct", (1, 2, 2, 2)),
    ("A cat is here .", "DET NOUN AUX ADV PUNCT", "det nsubj ROOT advmod punct", (1, 2, 2, 2, 2)),
    ("The stone wall on the hill",
     "DET NOUN NOUN ADP DET NOUN", "det compound ROOT prep det pobj", (2, 2, 2, 2, 5, 3)),
    ("A quiet garden", "DET ADJ NOUN", "det amod ROOT", (2, 2, 2)),
    ("Here .", "ADV PUNCT", "ROOT punct", (0, 0)),
]  # fmt: skip
# By hand: bird has two adjectives and is an object; dog is a subject; so is cat; wall has a stone and
# a phrase; garden has an adjective.
PARSED = [(3, True), (1, True), (1, False), (2, False), (1, False), (0, False)]
TEXTS = [words.replace(" .", ".") for words, *_ in TRAINED]


@pytest.fixture(scope="session")
def pipeline(tmp_path_factory) -> Path:
    """A folder with a pipeline that has learned ``TRAINED``."""
    nlp = spacy.blank("en")
    nlp.add_pipe("morphologizer")
    nlp.add_pipe("parser", config={"min_action_freq": 1})
    nlp.add_pipe("ner").add_label("ANIMAL")
    examples = [
        Example.from_dict(
            spacy.tokens.Doc(nlp.vocab, words=words.split()),
            {"pos": classes.split(), "deps": labels.split(), "heads": list(heads)},
        )
        for words, classes, labels, heads in TRAINED
    ]
    spacy.util.fix_random_seed(1)
    optimiser = nlp.initialize(lambda: examples)
    draw = random.Random(1)
    for _ in range(60):
        draw.shuffle(examples)
        nlp.update(examples, sgd=optimiser, drop=0.0)
    folder = tmp_path_factory.mktemp("spacy") / "pipeline"
    nlp.to_disk(folder)
    return folder


def registry_of(folder: Path, name: str = "own", sha256: str = "") -> Registry:
    pinned = f", sha256: {sha256}" if sha256 else ""
    return parse_registry(
        f"models: {{{name}: {{role: parser, licence: own, memory_mb: 1, "
        f"source: {{kind: folder, path: {folder}, loader: spacy{pinned}}}}}}}",
        where="test",
    )


@pytest.fixture
def parser(pipeline):
    return worker_parser(parser_use(registry_of(pipeline), "own"))


def parsed(parser, texts):
    parses = parser.parse(texts)
    return list(zip(parses.complexity.tolist(), parses.has_action.tolist(), strict=True))


def test_trees_of_a_real_pipeline_are_counted(parser):
    assert parsed(parser, TEXTS) == PARSED


def test_a_sentence_does_not_see_its_neighbours(parser):
    assert [parsed(parser, [text])[0] for text in TEXTS] == PARSED
    assert parsed(parser, TEXTS * 100) == PARSED * 100


def test_no_sentence_an_empty_one_and_a_very_long_one_are_parsed(parser):
    assert parsed(parser, []) == []
    assert parsed(parser, ["", "x" * 1_200_000, TEXTS[1]])[::2] == [(0, False), PARSED[1]]


def test_what_no_tree_depends_on_is_not_loaded(parser):
    assert parser._pipeline.pipe_names == ["morphologizer", "parser"]


def test_a_pipeline_without_trees_is_refused(tmp_path):
    spacy.blank("en").to_disk(tmp_path / "blank")
    with pytest.raises(ModelError, match="gives no DEP"):
        worker_parser(ParserUse("spacy", str(tmp_path / "blank")))


def test_the_digest_is_of_the_content_wherever_it_lies(pipeline, tmp_path):
    copied = shutil.copytree(pipeline, tmp_path / "moved")
    digest = registry_of(pipeline).digest("own")
    assert registry_of(copied).digest("own") == digest
    weights = copied / "parser" / "model"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    assert registry_of(copied).digest("own") != digest
    with pytest.raises(ModelError, match=r"models\.yaml states aaa"):
        registry_of(copied, sha256="a" * 64).digest("own")


FILTER_SENTENCES = next(stage for stage in STAGES if stage.name == "filter_sentences")


def digests_with(monkeypatch, registry: Registry, parser: str) -> dict[str, str]:
    """Ask for the digests of the stage's models as a run does before it reads a row."""
    known = Registry(models=open_registry().models | registry.models)
    monkeypatch.setattr(jobs.model_digests, "open_registry", lambda: known)
    config = load_config("local", [f"models.parser={parser}"])
    return stage_model_digests()(FILTER_SENTENCES, config)


@pytest.mark.models
def test_another_parser_is_another_digest_of_the_stage(pipeline, models, monkeypatch):
    own = digests_with(monkeypatch, registry_of(pipeline), "own")
    light = digests_with(monkeypatch, registry_of(pipeline), "light")
    assert own["parser"] == registry_of(pipeline).digest("own") != light["parser"]
    assert own["language_model"] == light["language_model"]


def test_a_parser_that_is_not_there_is_told_before_a_row_is_read(pipeline, tmp_path, monkeypatch):
    with pytest.raises(ModelError, match="missing, or no weight file in it") as caught:
        digests_with(monkeypatch, registry_of(tmp_path / "nowhere"), "own")
    assert caught.value.exit_code == 2
    with pytest.raises(ModelError, match="package en_core_web_sm: not installed here"):
        digests_with(monkeypatch, registry_of(pipeline), "en-core-web-sm")
    with pytest.raises(SettingError, match="choose one of: en-core-web-sm, light, own"):
        digests_with(monkeypatch, registry_of(pipeline), "punkt")


def test_without_spacy_the_error_names_the_extra(pipeline, monkeypatch):
    monkeypatch.setattr(jobs.model_digests, "find_spec", lambda name: None)
    with pytest.raises(ModelError, match="spaCy is not installed; install the extra `text`"):
        digests_with(monkeypatch, registry_of(pipeline), "own")


def test_an_installed_package_is_found_by_its_version(pipeline, tmp_path, monkeypatch):
    package = tmp_path / "my_pipeline"
    shutil.copytree(pipeline, package / "my_pipeline-1.2.3")
    (package / "__init__.py").write_text("raise ImportError('never run')")
    monkeypatch.syspath_prepend(tmp_path)
    source = "{kind: package, package: my_pipeline, version: %s, loader: spacy}"
    text = "models: {own: {role: parser, licence: own, memory_mb: 1, source: %s}}"
    registry = parse_registry(text % (source % "1.2.3"), where="test")
    assert parsed(worker_parser(parser_use(registry, "own")), TEXTS) == PARSED
    other = parse_registry(text % (source % "1.2.4"), where="test")
    with pytest.raises(ModelError, match=r"my_pipeline-1\.2\.4: missing"):
        other.digest("own")


def test_the_list_says_whether_a_pipeline_is_there(pipeline, tmp_path):
    for folder, state in ((pipeline, "present"), (tmp_path / "nowhere", "missing")):
        console = Console(file=StringIO(), width=200)
        list_models(registry_of(folder), tmp_path, console)
        assert state in console.file.getvalue()
