"""An instruction set of merge tasks in LLaMA-Factory's alpaca format, and how to train on it.

RealSyn, section 3.3: a teacher merges retrieved text, caption and tags; LLaMA3-8B is tuned on 100K
of its answers by LLaMA-Factory. The paper prints no hyper-parameters: those of the YAML are that
project's own example for full tuning of LLaMA3-8B.
"""

import json
from collections.abc import Sequence

import yaml

from realsyn_lib.generation.prompt import Turn

DATASET = "realsyn_merge"
TASKS_FILE = f"{DATASET}.json"
INFO_FILE = "dataset_info.json"
TRAIN_FILE = "train.yaml"
BASE_MODEL = "meta-llama/Meta-Llama-3-8B-Instruct"


def merge_task(prompt: Sequence[Turn], answer: str) -> str:
    """Return one record as a line of JSON.

    The whole user turn is the instruction and the input is empty, because LLaMA-Factory joins the
    two by a newline: so the tuned model is asked in training what generate_texts asks it later.

    Args:
        prompt: a system turn and a user turn.
        answer: the checked text of the teacher.
    """
    system, user = prompt
    record = {"instruction": user.text, "input": "", "output": answer, "system": system.text}
    return json.dumps(record, ensure_ascii=False)


def dataset_info() -> str:
    """Return ``dataset_info.json``, which tells LLaMA-Factory the file and its columns."""
    columns = {
        "prompt": "instruction",
        "query": "input",
        "response": "output",
        "system": "system",
    }
    entry = {"file_name": TASKS_FILE, "formatting": "alpaca", "columns": columns}
    return json.dumps({DATASET: entry}, indent=2) + "\n"


def training_yaml(folder: str) -> str:
    """Return the settings of ``llamafactory-cli train`` for the set that lies in ``folder``."""
    settings = {
        "model_name_or_path": BASE_MODEL,
        "trust_remote_code": False,
        "stage": "sft",
        "do_train": True,
        "finetuning_type": "full",
        "deepspeed": "examples/deepspeed/ds_z3_config.json",
        "dataset_dir": folder,
        "dataset": DATASET,
        "template": "llama3",
        "cutoff_len": 2048,
        "overwrite_cache": True,
        "preprocessing_num_workers": 16,
        "output_dir": "saves/realsyn-merge",
        "logging_steps": 10,
        "save_steps": 500,
        "per_device_train_batch_size": 1,
        "gradient_accumulation_steps": 2,
        "learning_rate": 1.0e-5,
        "num_train_epochs": 3.0,
        "lr_scheduler_type": "cosine",
        "warmup_ratio": 0.1,
        "bf16": True,
        "seed": 1,
    }
    head = (
        f"# llamafactory-cli train {TRAIN_FILE}, in a checkout of LLaMA-Factory, whose file deepspeed is.\n"
        "# Full tuning of 8B parameters in bfloat16; finetuning_type: lora needs a fraction of the memory.\n"
    )
    return head + yaml.safe_dump(settings, sort_keys=False)
