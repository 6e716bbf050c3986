"""Late attempts and killed copies on an S3-compatible store: `make s3-test`."""

import pytest
from pyarrow import fs

from jobs.export_place import require_replaceable
from realsyn_lib.errors import EnvironmentFault, InputError
from realsyn_lib.files import remove_folder, write_bytes
from realsyn_lib.release.unfinished import begin
from tests.jobs.test_late_attempts import SHARD, finish, instructions, records, sealed, shard
from tests.s3_store import BUCKET, KEYS, object_store

SEALS = ["_SHA256SUMS", "_export.json"]
RECORDS = ["train-00000-of-00001.parquet"]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    with (
        pytest.MonkeyPatch.context() as patch,
        object_store(tmp_path_factory.mktemp("store")) as store,
    ):
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": store.endpoint}.items():
            patch.setenv(name, value)
        yield store


@pytest.fixture
def place(store, request):
    return f"s3://{BUCKET}/{request.node.name.replace('[', '-').rstrip(']')}/x"


def there(store, place):
    """The names of all objects at a place and beside it."""
    folder = place.removeprefix("s3://").removesuffix("x")
    found = store.files().get_file_info(fs.FileSelector(folder, recursive=True))
    return sorted(info.path.removeprefix(folder) for info in found if info.type == fs.FileType.File)


def whole(*names):
    return sorted(f"x/{name}" for name in (*names, *SEALS))


@pytest.mark.parametrize("write", [shard, records, instructions])
def test_an_attempt_after_the_end_is_refused_and_uploads_nothing(store, place, write):
    export = finish(place, shard)
    with pytest.raises(EnvironmentFault, match="has been finished or removed"):
        write(export)
    assert there(store, place) == whole(*SHARD)


def test_an_upload_that_ended_after_its_export_goes_with_the_next(store, place):
    export = finish(place, shard)
    write_bytes(f"{export.folder}/00003.tar", b"late")
    require_replaceable(place)
    finish(place, shard)
    assert there(store, place) == whole(*SHARD)


def test_a_killed_copy_is_ours_and_goes_with_the_next_export(store, place):
    export = begin(place)
    shard(export)
    sealed(export.folder)
    write_bytes(f"{place}/00000.tar", b"half")
    require_replaceable(place)
    finish(place, records)
    assert there(store, place) == whole(*RECORDS)


def test_objects_of_others_are_kept(store, place):
    write_bytes(f"{place}.partial/notes.txt", b"mine")
    with pytest.raises(InputError, match=r"x\.partial holds 1 files that no export wrote"):
        finish(place, shard)
    remove_folder(f"{place}.partial")
    write_bytes(f"{place}/00000.tar", b"mine")
    with pytest.raises(InputError, match=r"x holds 1 files that no export wrote"):
        require_replaceable(place)
    assert there(store, place) == ["x/00000.tar"]
