import pytest

from realsyn_lib.config import load_config
from realsyn_lib.errors import SettingError
from realsyn_lib.training.open_clip_options import model_config
from realsyn_lib.training.shards import TrainingShards
from realsyn_lib.training.sizing import Machine, size_training
from realsyn_lib.training.towers import training_memory

GIB = 2**30
EIGHT_A100 = Machine(gpus=8, memory_bytes=80 * GIB, cores=96)
LAPTOP = Machine(gpus=0, memory_bytes=8 * GIB, cores=2)


def recipe(*more):
    return load_config("local", list(more)).train


def shards(samples, count):
    return TrainingShards("place", samples, count, "digest")


def sized(machine, samples=15_239_498, count=1524, model="ViT-B-32", settings=()):
    return size_training(recipe(*settings), machine, shards(samples, count), model_config(model))


def test_the_settings_are_the_papers_recipe():
    told = recipe()
    assert (told.batch_size, told.epochs, told.learning_rate, told.weight_decay) == (
        4096,
        32,
        1e-3,
        0.2,
    )
    assert (told.beta1, told.beta2, told.eps, told.warmup_share) == (0.9, 0.98, 1e-6, 0.1)


def test_the_papers_machine_takes_its_batch_at_once():
    """15,239,498 samples in passes of 4,096 are 3,721; of twelve workers each loads 311, so 3,732."""
    told = sized(EIGHT_A100)
    assert (told.rows, told.passes, told.batch, told.workers) == (512, 1, 4096, 12)
    assert told.steps == 3732 * 32
    assert told.warmup == round(0.1 * 3732 * 32) == 11942
    assert told.is_resampled is False and told.notes == ()


def test_a_larger_model_or_a_smaller_card_accumulates_the_same_batch():
    """15,239,498 / 1,024 is 14,883 passes, of twelve workers 14,892; / 256 is 59,530, of eight 59,536."""
    larger = sized(EIGHT_A100, model="ViT-L-14")
    smaller = sized(Machine(gpus=1, memory_bytes=24 * GIB, cores=8))
    assert (larger.rows, larger.passes, larger.batch) == (128, 4, 4096)
    assert larger.steps == 14_892 // 4 * 32
    assert (smaller.rows, smaller.passes, smaller.batch) == (256, 16, 4096)
    assert smaller.steps == 59_536 // 16 * 32


def test_devices_that_do_not_divide_the_batch_take_a_little_less_and_it_is_said():
    told = sized(Machine(gpus=6, memory_bytes=80 * GIB, cores=48))
    assert (told.rows, told.batch) == (682, 4092)
    assert "4092 in place of 4096" in told.notes[0]


def test_nodes_share_the_batch():
    told = sized(Machine(gpus=8, memory_bytes=80 * GIB, cores=96, nodes=2))
    assert (told.rows, told.passes, told.batch) == (256, 1, 4096)


def test_a_batch_never_holds_a_sample_twice():
    """20 samples: the largest power of two among them is 16."""
    told = sized(LAPTOP, samples=20, count=1)
    assert (told.rows, told.passes, told.batch, told.workers) == (16, 1, 16, 1)
    assert told.steps == 2 * 32 and told.warmup == 6
    assert [note.split(":")[0] for note in told.notes] == ["no GPU", "batch 16 in place of 4096"]


def test_one_device_reads_each_shard_once_with_as_many_workers_as_there_are_shards():
    told = sized(Machine(gpus=1, memory_bytes=80 * GIB, cores=32), samples=30_000, count=3)
    assert (told.workers, told.is_resampled) == (3, False)


def test_shards_too_few_for_all_workers_are_drawn_with_replacement_and_it_is_said():
    told = sized(EIGHT_A100, samples=500_000, count=95)  # 96 workers
    assert told.is_resampled and "95 shards are too few" in told.notes[0]
    assert not sized(EIGHT_A100, samples=500_000, count=96).is_resampled


def test_more_devices_than_samples_are_refused():
    with pytest.raises(SettingError, match="3 samples are too few for 8 devices"):
        sized(EIGHT_A100, samples=3, count=1)


def test_rows_of_a_pass_may_be_set_and_an_unknown_architecture_says_so():
    assert sized(EIGHT_A100, settings=["train.rows_per_device=128"]).passes == 4
    unknown = sized(EIGHT_A100, model="RN50")
    assert (unknown.rows, unknown.passes) == (64, 8)
    assert "train.rows_per_device" in unknown.notes[0]


def test_precision_is_what_the_cards_can():
    assert LAPTOP.precision == "fp32"
    assert EIGHT_A100.precision == "amp_bf16"
    assert Machine(1, GIB, 2, has_bf16=False).precision == "amp"


def test_memory_of_a_small_architecture_is_what_the_formula_gives_by_hand():
    """Image: 4 + 1 tokens of width 32; text: 16 of width 32; a layer each, two heads.

    Image 5 * 32 * (34 + 5 * 2 * 5 / 32) = 5690 bytes, text 16 * 32 * (34 + 5 * 2 * 16 / 32) = 19968.
    Weights: 2 * 12 * 32^2 + 100 * 32 = 27776, of 16 bytes.
    """
    config = {
        "vision_cfg": {"image_size": 32, "patch_size": 16, "layers": 1, "width": 32, "head_width": 16},
        "text_cfg": {"vocab_size": 100, "width": 32, "heads": 2, "layers": 1, "context_length": 16},
    }  # fmt: skip
    memory = training_memory(config, is_half=True)
    assert (memory.fixed_bytes, memory.sample_bytes) == (27776 * 16, 5690 + 19968)
    assert training_memory(config, is_half=False).sample_bytes == 2 * (5690 + 19968)


@pytest.mark.parametrize("model", ["RN50", "convnext_base", "xlm-roberta-base-ViT-B-32"])
def test_architectures_of_other_kinds_are_not_reckoned(model):
    assert training_memory(model_config(model), is_half=True) is None
