"""realsyn evaluate against CLIP_benchmark's own functions and scikit-learn: one model, the same files."""

import json
import sys
import types
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from realsyn_lib.evaluation.metrics import mean_per_class_recall, roc_auc
from tests.clip_benchmark import clip_benchmark_folder
from tests.made_tars import write_tar
from tests.tiny_models import tiny_clip
from udfs.linear_probe import ProbeSettings, fit_probe

pytestmark = pytest.mark.long  # installs an oracle; the metrics have quick tests of their own

SAMPLES = Path(__file__).parents[3] / "samples/pages"
CLASSES = [f"thing {number}" for number in range(7)]
TEMPLATES = ["a photo of a {c}.", "{c} & more", "the {c}, seen from afar"]


def photographs() -> list[bytes]:
    """JPEG files without EXIF turns: what open_clip's transform and ours read alike."""
    found = []
    for path in sorted(SAMPLES.rglob("*.jpg")):
        try:
            with Image.open(path) as image:
                image.load()
                if image.mode == "RGB" and image.getexif().get(274, 1) == 1:
                    found.append(path.read_bytes())
        except OSError:
            continue
    assert len(found) >= 40
    return found[:60]


@pytest.fixture(scope="module")
def theirs():
    """CLIP_benchmark's modules; its folder is on the path for this module alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(clip_benchmark_folder()))
        # Its metrics of captions, which nothing here measures, would import pycocoevalcap.
        captions = "clip_benchmark.metrics.captioning"
        patch.setitem(sys.modules, captions, types.ModuleType(captions))
        from clip_benchmark import cli
        from clip_benchmark.datasets import builder
        from clip_benchmark.metrics import zeroshot_classification, zeroshot_retrieval

        # Its own turns an array of one number into a float, which numpy refuses since 2.4.
        patch.setattr(zeroshot_classification, "accuracy", _accuracy)
        yield {"cli": cli, "builder": builder, "classification": zeroshot_classification,
               "retrieval": zeroshot_retrieval}  # fmt: skip


def _accuracy(logits, target, topk):
    best = logits.topk(max(topk), 1, True, True)[1]
    correct = best.eq(target.view(-1, 1))
    return [correct[:, :k].any(1).float().mean().item() for k in topk]


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    return tiny_clip(tmp_path_factory.mktemp("clip"))


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Photographs with classes and captions dealt by number."""
    folder = tmp_path_factory.mktemp("data")
    files = photographs()
    labelled, captioned = {}, {}
    for number, file in enumerate(files):
        labelled |= {f"{number:04d}.jpg": file, f"{number:04d}.cls": str(number * 5 % 7).encode()}
        lines = [f"caption {number} {word}" for word in ("one", "two", "three")[: 1 + number % 3]]
        captioned |= {f"{number:04d}.jpg": file, f"{number:04d}.txt": "\n".join(lines).encode()}
    for name, members in (("sorted", labelled), ("told", captioned)):
        write_tar(folder / name / "test/0.tar", members)
        (folder / name / "test/nshards.txt").write_text("1")
    (folder / "sorted/classnames.txt").write_text("\n".join(CLASSES))
    (folder / "sorted/zeroshot_classification_templates.txt").write_text("\n".join(TEMPLATES))
    (folder / "told/dataset_type.txt").write_text("retrieval")
    return folder


@pytest.fixture
def ours(run_command, clip, data, tmp_path) -> dict[str, dict]:
    (tmp_path / "warehouse").mkdir()
    weights = clip / "open_clip_model.safetensors"
    code, out, err = run_command(
        "evaluate", "--warehouse", tmp_path / "warehouse", "--data", data,
        "--checkpoint", weights, "--model", f"local-dir:{clip}",
    )  # fmt: skip
    assert code == 0, err
    lines = Path(out.split("records: ")[1].strip()).read_text().splitlines()
    return {json.loads(line)["task"]: json.loads(line) for line in lines}


def test_metrics_are_those_of_clip_benchmark(theirs, ours, clip, data):
    """Its own reader, transform and metrics on the same files; one image in sixty may fall otherwise."""
    model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{clip}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:{clip}")
    model.eval()
    build = theirs["builder"].build_wds_dataset
    sorted_set = build("sorted", transform, data_dir=str(data / "sorted"))
    loader = torch.utils.data.DataLoader(sorted_set.batched(16), batch_size=None)
    found = theirs["classification"].evaluate(
        model, loader, tokenizer, CLASSES, TEMPLATES, device="cpu", amp=False
    )
    metrics = ours["zeroshot_classification"]["metrics"]
    assert set(found) <= set(metrics)
    for name, value in found.items():
        assert metrics[name] == pytest.approx(value, abs=1 / 40), name
    told = build("told", transform, data_dir=str(data / "told"))
    captions = torch.utils.data.DataLoader(told.batched(16, collation_fn=_columns), batch_size=None)
    found = theirs["retrieval"].evaluate(
        model, captions, tokenizer, device="cpu", amp=False, recall_k_list=[1, 5, 10]
    )
    metrics = ours["zeroshot_retrieval"]["metrics"]
    assert set(found) == set(metrics)
    for name, value in found.items():
        assert metrics[name] == pytest.approx(value, abs=1 / 40), name


def _columns(rows):
    return torch.stack([image for image, _ in rows]), [texts for _, texts in rows]


def test_clip_benchmark_makes_its_table_of_our_records(theirs, ours, tmp_path):
    for task, record in ours.items():
        (tmp_path / f"{task}.json").write_text(json.dumps(record))
    out = tmp_path / "benchmark.csv"
    files = [str(path) for path in tmp_path.glob("*.json")]
    theirs["cli"].main_build(type("Arguments", (), {"files": files, "output": str(out)}))
    header, *rows = out.read_text().splitlines()
    assert {"acc1", "image_retrieval_recall@5", "dataset", "model_fullname"} <= set(
        header.split(",")
    )
    assert len(rows) == 2


def test_metrics_are_those_of_scikit_learn(theirs):
    from sklearn.metrics import balanced_accuracy_score, roc_auc_score

    chance = np.random.default_rng(5)
    labels, predicted = chance.integers(0, 9, 200), chance.integers(0, 9, 200)
    assert mean_per_class_recall(predicted, labels) == pytest.approx(
        balanced_accuracy_score(labels, predicted)
    )
    scores, two = chance.integers(0, 20, 200).astype(np.float32), chance.integers(0, 2, 200)
    assert roc_auc(scores, two) == pytest.approx(roc_auc_score(two, scores))


def test_a_probe_tells_as_much_as_scikit_learns_logistic_regression(theirs):
    """Unit vectors round six centres, so close that neither tells all: within two points of it."""
    from sklearn.linear_model import LogisticRegression

    chance = np.random.default_rng(7)
    centres = chance.normal(size=(6, 24))
    labels = chance.integers(0, 6, 2000)
    vectors = centres[labels] + 2.2 * chance.normal(size=(2000, 24))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    train, test = slice(0, 1200), slice(1200, None)
    probe = fit_probe(
        vectors[train].astype(np.float16), labels[train], 6, ProbeSettings(10, 0.1, 64, 0), "cpu"
    )
    found = float((probe.scores(vectors[test]).argmax(axis=1) == labels[test]).mean())
    peer = LogisticRegression(C=100.0, max_iter=300).fit(vectors[train], labels[train])
    wanted = peer.score(vectors[test], labels[test])
    assert 0.6 < wanted < 0.99
    assert found == pytest.approx(wanted, abs=0.02)
