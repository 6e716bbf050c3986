"""Checked answers of a teacher -> one JSON file of merge tasks, written by one task."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from realsyn_lib.files import whole_file
from realsyn_lib.generation.instructions import TASKS_FILE, merge_task
from realsyn_lib.generation.prompt import merge_prompt
from realsyn_lib.release.shard_files import telling_place
from realsyn_lib.release.unfinished import Unfinished

WRITTEN_DDL = "row_count bigint"
Batches = Iterator[pa.RecordBatch]


def write_instructions(export: Unfinished) -> Callable[[Batches], Batches]:
    """Return a ``mapInArrow`` function that writes ``TASKS_FILE`` and gives its number of tasks.

    Expects text, caption, tags and output, all rows in one partition and in order; a batch of them
    is in memory. The file is a JSON list with a task on each line.
    """

    def write(batches: Batches) -> Batches:
        export.require()
        count = 0
        with telling_place(export.folder), whole_file(f"{export.folder}/{TASKS_FILE}") as file:
            file.write(b"[")
            for batch in batches:
                for row in batch.to_pylist():
                    prompt = merge_prompt(row["text"], row["caption"], row["tags"])
                    task = merge_task(prompt, row["output"])
                    file.write((",\n" if count else "\n").encode() + task.encode())
                    count += 1
            file.write(b"\n]\n")
            export.require()
        yield pa.RecordBatch.from_pylist([{"row_count": count}])

    return write
