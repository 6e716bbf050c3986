"""Whether texts can be drawn from shards: open_clip passes over a pipe that fails, and waits for ever."""

import subprocess
import sys
from dataclasses import replace

from realsyn_lib.errors import EnvironmentFault
from realsyn_lib.training.shards import TrainingShards, drawing_words

_BLOCK = 512


def require_drawn_text(shards: TrainingShards, path: str) -> None:
    """Read a beginning of the first shard as open_clip will.

    Args:
        shards: of the tier.
        path: folder in which Python finds this package.

    Raises:
        EnvironmentFault: nothing comes.
    """
    words = drawing_words(replace(shards, shard_count=1), sys.executable)
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=path
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        header = process.stdout.read(_BLOCK)
        process.stdout.close()
        said = process.stderr.read().decode("utf-8", "replace")[:500].strip()
    if not header.strip(b"\0"):
        raise EnvironmentFault(
            f"train: no sample can be read from {shards.first}: {said or 'none has picture and text'}; "
            "export the tier again"
        )
