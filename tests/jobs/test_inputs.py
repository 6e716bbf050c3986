"""What a warehouse remembers of its inputs, and what a command adds to that."""

import json
from dataclasses import replace

from jobs.inputs import InputSpec, completed, remember_inputs, remembered_inputs

KNOWN = InputSpec(("/pages",), "html", "/images", limit=5)


def test_what_a_command_without_input_says_counts_and_memory_gives_the_rest():
    assert completed(InputSpec(), KNOWN) == KNOWN
    for said in (
        {"format": "obelics"}, {"image_root": "/other"}, {"limit": 2}, {"allow_removal": True},
    ):  # fmt: skip
        assert completed(InputSpec(**said), KNOWN) == replace(KNOWN, **said)


def test_a_command_with_input_takes_nothing_from_memory():
    given = InputSpec(("/new",), "html")
    assert completed(given, KNOWN) == given
    assert completed(InputSpec(limit=2), None) == InputSpec(limit=2)


def test_the_leave_to_remove_documents_is_not_remembered(tmp_path):
    remember_inputs(str(tmp_path), replace(KNOWN, allow_removal=True))
    assert remembered_inputs(str(tmp_path)) == KNOWN
    file = tmp_path / "inputs.json"
    assert sorted(json.loads(file.read_text())) == ["format", "image_root", "limit", "paths"]
    (tmp_path / ".inputs.json.crc").unlink()
    file.write_text(json.dumps(json.loads(file.read_text()) | {"allow_removal": True}))
    assert remembered_inputs(str(tmp_path)) == KNOWN  # an older version wrote it


def test_a_new_warehouse_remembers_nothing(tmp_path):
    assert remembered_inputs(str(tmp_path)) is None
