"""The frozen word table as a file that the workers of a node map."""

from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from realsyn_lib.node_files import local_copy
from realsyn_lib.sentences.entropy import WordTable, word_table


@dataclass(frozen=True)
class WordFile:
    """An Arrow file with columns word and share, and its SHA-256 (hex)."""

    path: str
    digest: str


@lru_cache(maxsize=1)
def mapped_words(file: WordFile) -> WordTable:
    """Return the table of a file, made once for each worker."""
    with pa.memory_map(str(local_copy(file.path, file.digest))) as source:
        rows = pa.ipc.open_file(source).read_all()
    return word_table(rows["word"].combine_chunks(), rows["share"].to_numpy())
