"""An S3-compatible object store on the loopback interface: moto's server."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyarrow import fs

from tests.cloud_tools import cloud_python
from tests.spark_cluster import HOST, free_port, kill_tree, start, wait_until

KEYS = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_REGION": "us-east-1",
}
BUCKET = "realsyn"


@dataclass(frozen=True)
class ObjectStore:
    """A store with one empty bucket."""

    endpoint: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead Amazon's tools, pyarrow and our sessions to the store."""
        return {**os.environ, **KEYS, "AWS_ENDPOINT_URL": self.endpoint}

    def files(self) -> fs.S3FileSystem:
        """Return the store as a file system."""
        return fs.S3FileSystem(
            endpoint_override=self.endpoint, access_key=KEYS["AWS_ACCESS_KEY_ID"],
            secret_key=KEYS["AWS_SECRET_ACCESS_KEY"], region=KEYS["AWS_REGION"],
            allow_bucket_creation=True,
        )  # fmt: skip

    def has(self, key: str) -> bool:
        """Tell whether there is an object of that name."""
        return self.files().get_file_info(key).type == fs.FileType.File

    def upload(self, folder: Path, name: str) -> str:
        """Copy a folder into the bucket; return its URI."""
        fs.copy_files(str(folder), f"{BUCKET}/{name}", destination_filesystem=self.files())
        return f"s3a://{BUCKET}/{name}"

    def download(self, name: str, folder: Path) -> Path:
        """Copy a folder of the bucket to the disk; return it."""
        folder.mkdir(parents=True)
        fs.copy_files(f"{BUCKET}/{name}", str(folder), source_filesystem=self.files())
        return folder


@contextlib.contextmanager
def object_store(work: Path) -> Iterator[ObjectStore]:
    """Run a store for the time of the block; it keeps its objects in memory."""
    port = free_port()
    command = [str(cloud_python()), "-m", "moto.server", "-H", HOST, "-p", str(port)]
    server = start(command, work / "store.log", dict(os.environ))
    store = ObjectStore(f"http://{HOST}:{port}")
    try:
        wait_until(lambda: _answers(store), "the object store answers")
        yield store
    finally:
        kill_tree(server)


def _answers(store: ObjectStore) -> bool:
    try:
        store.files().create_dir(BUCKET)
    except OSError:
        return False
    return True
