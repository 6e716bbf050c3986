"""Main text of pages by another library: (library, file of pages, folder) -> file of its answers.

The file holds a JSON list of pages. Only the calls are timed; start-up is all before them.
"""

import json
import sys
import time
from pathlib import Path


def main() -> None:
    """Read the pages, call the library on each, write what it returned."""
    library, file, folder = sys.argv[1:]
    started = time.perf_counter()
    if library == "trafilatura":
        from trafilatura import extract

        def work(page: str) -> str:
            return (
                extract(page, include_images=True, include_comments=False, output_format="xml")
                or ""
            )
    else:
        from readability import Document

        def work(page: str) -> str:
            return str(Document(page).summary())

    pages = json.loads(Path(file).read_text(encoding="utf-8"))
    start_up_s, start_up_core_s = time.perf_counter() - started, time.process_time()
    answers = [work(page) for page in pages]
    answer = Path(folder) / "answers.json"
    answer.write_text(json.dumps(answers), encoding="utf-8")
    print(
        json.dumps(
            {
                "start_up_s": start_up_s,
                "start_up_core_s": start_up_core_s,
                "answer": str(answer),
            }
        )
    )


main()
