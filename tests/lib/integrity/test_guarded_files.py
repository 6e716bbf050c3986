"""Small files with checksums beside: what is not as it was written is not taken for it."""

import pytest

from realsyn_lib.errors import ContractError
from realsyn_lib.files import write_text
from realsyn_lib.integrity.guarded_files import read_guarded, write_guarded


def test_what_was_written_is_read_and_written_anew(tmp_path):
    place = str(tmp_path / "below" / "inputs.json")
    assert read_guarded(place) is None
    for text in ('{"a": 1}', "Grüße", ""):
        write_guarded(place, text)
        assert read_guarded(place) == text
    assert sorted(path.name for path in (tmp_path / "below").iterdir()) == [
        ".inputs.json.crc",
        "inputs.json",
    ]


def test_a_changed_file_is_refused_by_name(tmp_path):
    place = tmp_path / "inputs.json"
    write_guarded(str(place), '{"limit": 1}')
    place.write_text('{"limit": 3}')
    with pytest.raises(ContractError, match=r"inputs\.json: differs .* restore it and .*\.inputs"):
        read_guarded(str(place))


def test_a_file_without_checksums_is_read_as_after_a_kill_or_by_an_older_version(tmp_path):
    write_text(str(tmp_path / "inputs.json"), "{}")
    assert read_guarded(str(tmp_path / "inputs.json")) == "{}"
