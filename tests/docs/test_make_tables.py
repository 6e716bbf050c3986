"""docs/tables.md against the declarations it is made from."""

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_tables_is_what_the_script_makes_of_the_declarations():
    made = runpy.run_path(str(DOCS / "make_tables.py"))["tables_page"]()
    assert (DOCS / "tables.md").read_text(encoding="utf-8") == made, "run docs/make_tables.py"


def test_every_column_has_its_own_line_in_the_page():
    page = (DOCS / "tables.md").read_text(encoding="utf-8")
    section = page.split("## retrieved_texts\n")[1].split("\n## ")[0]
    assert "| cosine | `float` | image-sentence cosine, -1..1 |" in section
    assert (
        "Written by retrieve_texts. Read by generate_texts, balance_pairs, assess_release."
        in section
    )
    assert "Key: image_id, rank." in section
