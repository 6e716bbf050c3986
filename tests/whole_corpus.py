"""The whole line on real pages, as HTML and packed as OBELICS; takes some 20 minutes.

python tests/whole_corpus.py --corpus ../shared/corpus [--work build/corpus]
"""

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from realsyn_lib.tables import IMAGES, SENTENCES
from tests.equal_tables import published
from tests.pack_obelics import pack

COMMAND = str(Path(sys.executable).parent / "realsyn")
QUERIES = ("funnel", "why_dropped", "cluster_sizes", "image_history", "worst_pairs")


def realsyn(*arguments: object) -> None:
    """Run the command; stop at the first that fails."""
    print("$ realsyn", *arguments, flush=True)
    subprocess.run([COMMAND, *map(str, arguments)], check=True)


def kept_ids(warehouse: Path) -> tuple[set[int], set[int]]:
    """Return the ids of the kept images and of the kept sentences."""
    tables = published(warehouse)
    found = []
    for table, key in ((IMAGES, "image_id"), (SENTENCES, "sentence_id")):
        rows = tables.read(table).select([key, "drop_reason"]).to_pylist()
        found.append({row[key] for row in rows if row["drop_reason"] is None})
    return found[0], found[1]


def main() -> None:
    """Run both, ask the five queries, compare the kept ids."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("build/corpus"))
    arguments = parser.parse_args()
    docs, work = arguments.corpus / "docs", arguments.work
    realsyn("run", "--input", docs, "--format", "html", "--warehouse", work / "html")
    for query in QUERIES:
        realsyn("sql", "--warehouse", work / "html", query)
    realsyn("verify", "--warehouse", work / "html")
    packed = work / "packed" / "train-00000-of-00001.parquet"
    pack(docs, packed)
    realsyn(
        "run", "--input", packed, "--format", "obelics", "--image-root", docs,
        "--warehouse", work / "obelics", "--to", "filter_sentences",
    )  # fmt: skip
    (images, sentences), (images_2, sentences_2) = (
        kept_ids(work / "html"),
        kept_ids(work / "obelics"),
    )
    print(
        f"kept images {len(images)} and {len(images_2)}, sentences {len(sentences)} and {len(sentences_2)}"
    )
    assert images == images_2, f"images differ: {sorted(images ^ images_2)[:5]}"
    assert sentences == sentences_2, f"sentences differ: {sorted(sentences ^ sentences_2)[:5]}"


if __name__ == "__main__":
    main()
