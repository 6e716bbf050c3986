"""realsyn instructions: tasks by hash rank, checked answers alone, the same bytes again."""

import json
import os
import re
from pathlib import Path

import pytest

from jobs.answers import LLM_ANSWERS
from jobs.export_places import remembered_exports
from jobs.locks import stage_lock
from jobs.model_digests import open_registry
from realsyn_lib.generation.prompt import merge_prompt, prompt_digest
from tests.frames import frame
from tests.jobs.asked_images import QUICK, AskedImages
from tests.tiny_site import realsyn

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]

TEACHER = "smollm2-135m-instruct"
IMAGES = {
    1: ("The old mill stands by the river.", "mill"),
    2: ("A hen scratches in the yard.", "hen"),
    3: ("The old mill stands by the river.", "mill"),  # what image 1 asks
    4: ("Boats wait in the harbour.", "boat"),
}
ANSWERED = {
    1: "An old mill stands by the river.",
    2: "I'm sorry, but I cannot see a hen in the yard.",
}


def task_of(image: int):
    text, tag = IMAGES[image]
    return merge_prompt(text, f"A photo of a {tag}.", [tag])


@pytest.fixture(scope="module")
def asked(spark, models, tmp_path_factory) -> AskedImages:
    """A warehouse in which a teacher has answered two of three prompts."""
    images = AskedImages(spark, tmp_path_factory.mktemp("taught") / "warehouse")
    images.publish(IMAGES)
    model = open_registry().digest(TEACHER)
    rows = [
        {"bucket": 0, "model": TEACHER, "answer": answer, "finish_reason": "stop",
         "prompt_digest": prompt_digest(model, task_of(n), {"max_new_tokens": 2, "seed": 1})}
        for n, answer in ANSWERED.items()
    ]  # fmt: skip
    images.append(LLM_ANSWERS, frame(spark, LLM_ANSWERS, rows))
    return images


def write(asked: AskedImages, place: Path, *more: str) -> int:
    return realsyn("instructions", "--warehouse", asked.folder, "--to", place, *QUICK, *more)


def test_only_what_passes_the_check_is_written_and_a_second_time_nobody_is_asked(
    asked, tmp_path, capsys
):
    place = tmp_path / "set"
    assert write(asked, place) == 0
    assert "1 of 3 merge tasks" in capsys.readouterr().out
    system, user = task_of(1)
    assert json.loads((place / "realsyn_merge.json").read_text()) == [{
        "instruction": user.text, "input": "", "output": ANSWERED[1], "system": system.text,
    }]  # fmt: skip
    assert str(place) in remembered_exports(f"{asked.folder}/_files")
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    assert set(before) == {
        "realsyn_merge.json",
        "dataset_info.json",
        "train.yaml",
        "_export.json",
        "_SHA256SUMS",
    }
    assert write(asked, place, "--set", "spark.shuffle_partitions=3") == 0
    assert "0 asked of" in capsys.readouterr().out
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before


def test_its_tasks_are_verified_and_what_stands_beside_them_is_the_users(asked, tmp_path, capsys):
    place = tmp_path / "set"
    assert write(asked, place) == 0
    tasks = place / "realsyn_merge.json"
    for beside in ("train.yaml", "my-other-set.json"):
        (place / beside).write_text("finetuning_type: lora\n")
    realsyn("verify", "--warehouse", asked.folder, "--export", place)
    assert f"ok   export {place}" in capsys.readouterr().out
    tasks.write_bytes(tasks.read_bytes().replace(b"An old mill", b"An old hill"))
    realsyn("verify", "--warehouse", asked.folder, "--export", place)
    assert re.search(f"FAIL export {place}.*realsyn_merge.json", capsys.readouterr().out)


def test_a_set_of_which_nothing_passes_is_a_gate_and_replaces_nothing(asked, tmp_path, capsys):
    place = tmp_path / "set"
    assert write(asked, place, "--set", "generate.max_words=3") == 3
    assert f"no answer of {TEACHER} passed the check" in capsys.readouterr().err
    assert not place.exists()


def test_a_teacher_that_is_no_generator_is_refused(asked, tmp_path, capsys):
    assert write(asked, tmp_path / "set", "--teacher", "minilm-l6") == 2
    assert "'minilm-l6' is a text_encoder; choose one of" in capsys.readouterr().err


def test_while_a_run_asks_generators_the_command_names_it_and_writes_nothing(
    asked, tmp_path, capsys
):
    locks = Path(asked.folder) / "_files" / "locks"
    with stage_lock(locks, "generate_texts", {"run_id": "000007", "driver_pid": os.getpid()}):
        assert write(asked, tmp_path / "set") == 4
    assert "000007" in capsys.readouterr().err
    assert not (tmp_path / "set").exists()
