"""What docs/make_api.py makes of the modules of realsyn_lib."""

import runpy

from tests.docs.pages import ROOT

PAGES = runpy.run_path(str(ROOT / "docs/make_api.py"))["pages"]()


def test_each_package_has_a_page_that_names_its_modules_with_public_names():
    folders = {
        path.parent for path in (ROOT / "realsyn_lib").rglob("*.py") if path.stem != "__init__"
    }
    names = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    assert {f"{name}.md" for name in names} == set(PAGES)
    assert ".. automodule:: realsyn_lib.dedup.components\n" in PAGES["realsyn_lib.dedup.md"]
    assert "__init__" not in "".join(PAGES.values())
