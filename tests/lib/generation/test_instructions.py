"""The instruction set's files are what LLaMA-Factory documents, and ask what the stage asks."""

import json

import yaml

from realsyn_lib.generation.instructions import (
    DATASET,
    TASKS_FILE,
    dataset_info,
    merge_task,
    training_yaml,
)
from realsyn_lib.generation.prompt import merge_prompt


def test_a_task_is_the_stage_s_prompt_and_the_answer():
    system, user = merge_prompt('A "red"\nmill.', "A mill.", ["mill"])
    task = merge_task([system, user], "A red mill \u2014 old.")
    assert "\n" not in task
    assert json.loads(task) == {
        "instruction": user.text, "input": "", "output": "A red mill \u2014 old.",
        "system": system.text,
    }  # fmt: skip


def test_the_info_names_the_file_and_the_keys_of_a_task():
    entry = json.loads(dataset_info())[DATASET]
    assert (entry["file_name"], entry["formatting"]) == (TASKS_FILE, "alpaca")
    task = json.loads(merge_task(merge_prompt("a", "b", []), "c"))
    assert sorted(entry["columns"].values()) == sorted(task)
    assert set(entry["columns"]) == {"prompt", "query", "response", "system"}


def test_the_training_settings_find_the_set():
    settings = yaml.safe_load(training_yaml("/data/my set"))
    assert (settings["dataset_dir"], settings["dataset"]) == ("/data/my set", DATASET)
    assert (settings["stage"], settings["template"]) == ("sft", "llama3")
