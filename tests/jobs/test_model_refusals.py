"""A model that is wrong ends a run with exit code 2 before Spark starts or a row is read."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from jobs.model_digests import open_registry
from realsyn_lib.models.cache import model_folder
from realsyn_lib.models.fetch import write_manifest
from tests.jobs.test_runs_refusals import told
from tests.tiny_models import CLIP_WIDTH, encoder_entry, tiny_clip
from tests.tiny_site import Tiny, realsyn


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    return tiny_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture
def own_models(tmp_path: Path, monkeypatch):
    """Return a function: entry of the model ``own`` -> a models file that runs read from then on."""

    def write(entry: str) -> Path:
        file = tmp_path / "own.yaml"
        file.write_text(f"models: {{own: {{licence: own, memory_mb: 1, {entry}}}}}")
        monkeypatch.setenv("REALSYN_MODELS_FILE", str(file))
        return file

    return write


def embed_with_own(warehouse: Path) -> int:
    return realsyn(
        "run", "--from", "embed_images", "--to", "embed_images", "--warehouse", warehouse,
        "--set", "models.encoder=own",
    )  # fmt: skip


def copy_without(clip: Path, folder: Path, name: str) -> Path:
    shutil.copytree(clip, folder)
    (folder / name).unlink()
    return folder


def named(architecture: str, width: int) -> str:
    source = f"{{kind: open_clip, architecture: {architecture}, tag: openai}}"
    return f"role: encoder, width: {width}, source: {source}"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (lambda clip, _: encoder_entry(clip, more=f", sha256: {'a' * 64}"), "states aaaa"),
        (lambda clip, _: encoder_entry(clip, width=17), "width is 16, models.yaml says 17"),
        (lambda _, tmp: encoder_entry(tmp / "none"), "none is missing; correct its path"),
        (
            lambda clip, tmp: encoder_entry(
                copy_without(clip, tmp / "copy", "open_clip_model.safetensors")
            ),
            "holds no checkpoint (*.safetensors",
        ),
        (
            lambda clip, tmp: encoder_entry(
                copy_without(clip, tmp / "copy", "open_clip_config.json")
            ),
            "has no open_clip_config.json; add it, or state source.architecture",
        ),
        (lambda *_: named("ViT-B-32", 768), "its width is 512, models.yaml says 768"),
        (lambda *_: named("ViT-Z-1", 768), "open_clip knows no architecture ViT-Z-1"),
    ],
)
def test_a_wrong_encoder_is_named_and_nothing_is_made(
    own_models, clip, tmp_path, capsys, entry, message
):
    own_models(entry(clip, tmp_path))
    assert embed_with_own(tmp_path / "warehouse") == 2
    line = told(capsys)
    assert "model" in line and message in line
    assert not (tmp_path / "warehouse").exists()


@pytest.mark.parametrize(("data", "message"), [(b"wrong", "sha256 is"), (None, "is no file")])
def test_a_fetched_file_that_is_changed_or_gone_is_named(
    tmp_path, monkeypatch, capsys, data, message
):
    monkeypatch.setenv("REALSYN_MODELS", str(tmp_path))
    registry = open_registry()
    folder = model_folder(registry, "punkt", tmp_path)
    folder.mkdir()
    (folder / "weights").write_bytes(b"sound")
    write_manifest(folder, "punkt", registry.digest("punkt"))
    (folder / "weights").unlink()
    if data is not None:
        (folder / "weights").write_bytes(data)
    assert realsyn("run", "--to", "extract_documents", "--warehouse", tmp_path / "warehouse") == 2
    line = told(capsys)
    assert "model punkt: " in line and "realsyn models fetch punkt" in line and message in line


def test_check_tells_a_pinned_folder_that_differs(own_models, clip, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("REALSYN_MODELS", str(tmp_path))
    own_models(encoder_entry(clip, more=f", sha256: {'a' * 64}"))
    assert realsyn("models", "check") == 2
    assert "own: wrong" in capsys.readouterr().out


@pytest.mark.spark
@pytest.mark.models
def test_an_open_clip_folder_embeds_a_run_and_another_width_is_refused_later(
    tiny: Tiny, own_models, clip, spark, monkeypatch, capsys
):
    file = own_models(encoder_entry(clip))
    monkeypatch.setitem(spark.sparkContext.environment, "REALSYN_MODELS_FILE", str(file))
    assert tiny.run("--set", "models.encoder=own", last="embed_images") == 0
    vectors = [row[0] for row in tiny.rows("image_embeddings", "embedding")]
    numbers = np.frombuffer(b"".join(vectors), np.float16).reshape(2, CLIP_WIDTH)
    assert np.linalg.norm(numbers.astype(float), axis=1) == pytest.approx(1, abs=2e-3)
    written = tiny.versions()
    later = ("run", "--from", "dedup_images", "--to", "dedup_images", "--warehouse", tiny.warehouse)
    capsys.readouterr()
    assert realsyn(*later) == 2
    line = told(capsys)
    assert "image_embeddings has width 16, the encoder bridge has width 384" in line
    assert "run with --from embed_images" in line
    assert set(tiny.versions().items()) - set(written.items()) == {
        ("runs", tiny.versions()["runs"])
    }
