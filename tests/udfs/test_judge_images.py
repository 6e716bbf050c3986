"""Pictures judged by a classifier that sees nothing but brightness, and by a list of hashes."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from realsyn_lib.errors import ModelError
from realsyn_lib.images.known_hashes import array_file, parse_known_hashes
from realsyn_lib.images.rules import ImageRules
from realsyn_lib.models.registry import parse_registry
from realsyn_lib.tables import IMAGES
from udfs.guarded_decode import ChildLimits
from udfs.judge_images import NO_JUDGES, HashFile, ImageJudges, ScoreRule
from udfs.measure_images import COLUMNS, measure_images
from udfs.models.context import ModelContext
from udfs.models.image_scorer import load_image_scorer
from udfs.worker_models import ModelUse

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

LIMITS = ChildLimits(10.0, 2**31, 2**26)
RULES = ImageRules(min_side_px=10, max_aspect_ratio=3.0, max_pixels=10**6)
SURE = np.exp(3 * 2**0.5) / (
    np.exp(3 * 2**0.5) + 1 + np.exp(-3 * 2**0.5)
)  # of white pictures: 0.986


def picture(level: int, width: int = 40) -> bytes:
    file = io.BytesIO()
    steps = np.arange(40 * width * 3).reshape(40, width, 3) % 5
    Image.fromarray((level + steps).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


BLACK, WHITE, NARROW = picture(0), picture(250), picture(250, 5)


@pytest.fixture(scope="module")
def models_file(tmp_path_factory) -> Path:
    """A ViT of one layer that carries the mean brightness, b, to the logits of its three labels.

    After its norms a white picture is (1, -1, 0, 0) times the root of 2, a black one the reverse.
    """
    folder = tmp_path_factory.mktemp("brightness")
    config = transformers.ViTConfig(
        hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4, image_size=32,
        patch_size=32, id2label={0: "safe", 1: "nsfw", 2: "other"},
    )  # fmt: skip
    model = transformers.ViTForImageClassification(config)
    weights = {name: torch.zeros_like(tensor) for name, tensor in model.state_dict().items()}
    for name in weights:
        if "layernorm" in name and name.endswith("weight"):
            weights[name] += 1
        if name.endswith(("v_proj.weight", "o_proj.weight")):
            weights[name] += torch.eye(4)
    patch = weights["vit.embeddings.patch_embeddings.projection.weight"]
    patch[0], patch[1] = 1 / patch[0].numel(), -1 / patch[0].numel()
    weights["classifier.weight"][0, 1] = weights["classifier.weight"][1, 0] = 3
    model.load_state_dict(weights)
    model.save_pretrained(folder)
    transformers.ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    (folder / "models.yaml").write_text(f"""
models:
  brightness:
    role: image_scorer
    licence: own
    memory_mb: 1
    image_size_px: 32
    source: {{kind: folder, path: {folder}, loader: transformers}}
""")
    return folder / "models.yaml"


def measured(judges: ImageJudges, *files: bytes) -> pa.Table:
    rows = pa.RecordBatch.from_pydict({
        "image_id": pa.array(range(len(files)), pa.int64()),
        "content_id": pa.array(range(len(files)), pa.int64()),
        "url": [f"{number}.png" for number in range(len(files))],
        "bytes": pa.array(files, pa.binary()),
        "sha256": [hashlib.sha256(file).hexdigest() for file in files],
    })  # fmt: skip
    return pa.Table.from_batches(measure_images(RULES, LIMITS, judges=judges)(iter([rows])))


def rule(reason: str, most: float, *labels: str) -> ScoreRule:
    return ScoreRule(reason, ModelUse("brightness"), labels, most)


def test_without_judges_the_scores_are_null_and_typed_as_declared():
    found = measured(NO_JUDGES, BLACK, WHITE)
    assert found.schema == IMAGES.arrow_schema(*COLUMNS)
    assert found["drop_reason"].null_count == found["nsfw_score"].null_count == 2
    assert found["watermark_score"].null_count == 2


@pytest.fixture
def registered(models_file, monkeypatch) -> Path:
    monkeypatch.setenv("REALSYN_MODELS_FILE", str(models_file))
    return models_file


def test_a_model_scores_what_the_cheaper_rules_kept_and_drops_above_its_bound(registered):
    judges = ImageJudges((rule("nsfw", 0.5, "nsfw"),), max_pixels=10**6, rows=2)
    found = measured(judges, WHITE, NARROW, BLACK, WHITE)
    assert found["drop_reason"].to_pylist() == ["nsfw", "too_small", None, "nsfw"]
    scores = found["nsfw_score"].to_pylist()
    assert scores[1] is None
    assert [scores[0], scores[2]] == pytest.approx([SURE, np.exp(-6 * 2**0.5) * SURE], abs=1e-4)
    assert found.schema == IMAGES.arrow_schema(*COLUMNS)


def test_a_score_on_its_bound_is_kept_and_the_second_model_sees_the_rest(registered):
    bound = measured(
        ImageJudges((rule("nsfw", 0.5, "nsfw"),), max_pixels=10**6), WHITE
    )["nsfw_score"][0].as_py()  # fmt: skip
    rules = (rule("nsfw", bound, "nsfw"), rule("watermark", 0.5, "safe", "other"))
    found = measured(ImageJudges(rules, max_pixels=10**6), WHITE, BLACK)
    assert found["drop_reason"].to_pylist() == [None, "watermark"]
    assert found["watermark_score"].to_pylist() == pytest.approx([1 - SURE, 1], abs=1e-3)


def test_a_label_that_the_model_does_not_have_is_refused(registered):
    context = ModelContext(parse_registry(registered.read_text(), "test"), registered.parent)
    scorer = load_image_scorer(context, "brightness")
    with pytest.raises(ModelError, match="no label 'porn'; it has safe, nsfw, other"):
        scorer.score(np.zeros((1, 32, 32, 3), np.uint8), ["porn"])


def known(folder: Path, text: str) -> ImageJudges:
    hashes, files = parse_known_hashes(text, "list"), []
    for name, values in (("sha256", hashes.sha256), ("phash", hashes.phashes)):
        (folder / name).write_bytes(array_file(values))
        digest = hashlib.sha256(text.encode() + name.encode()).hexdigest()
        files.append(HashFile(str(folder / name), digest))
    return ImageJudges((), *files)


def test_a_picture_of_the_list_is_dropped_by_its_bytes_or_by_its_looks(tmp_path):
    looks = measured(NO_JUDGES, WHITE)["phash"][0].as_py() % 2**64
    judges = known(tmp_path, f"{hashlib.sha256(BLACK).hexdigest()}\n{looks:016x}\n")
    found = measured(judges, BLACK, WHITE, NARROW)
    assert found["drop_reason"].to_pylist() == ["known_hash", "known_hash", "too_small"]


def test_a_picture_that_is_not_in_the_list_stays(tmp_path):
    judges = known(tmp_path, f"{hashlib.sha256(WHITE).hexdigest()}\n")
    assert measured(judges, BLACK)["drop_reason"].to_pylist() == [None]
