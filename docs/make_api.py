"""Makes docs/api/realsyn_lib*.md: a page for each package, which Sphinx fills from its docstrings.

`make docs` runs it; the pages are not kept, so that a new module needs no other file.
"""

import ast
from pathlib import Path

DOCS = Path(__file__).parent
LIBRARY = DOCS.parent / "realsyn_lib"
TOP = "realsyn_lib"


def packages() -> dict[str, list[str]]:
    """Return the modules of each package that hold anything public, both by dotted name."""
    found: dict[str, list[str]] = {}
    for path in sorted(LIBRARY.rglob("*.py")):
        parts = path.relative_to(LIBRARY.parent).with_suffix("").parts
        if parts[-1] != "__init__" and _has_public(path):
            found.setdefault(".".join(parts[:-1]), []).append(".".join(parts))
    return found


def pages() -> dict[str, str]:
    """Return the text of every page, by file name."""
    return {f"{name}.md": _page(name, modules) for name, modules in packages().items()}


def _has_public(path: Path) -> bool:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    named = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return any(not name.startswith("_") for name in named)


def _page(name: str, modules: list[str]) -> str:
    lines = [f"# {name}", ""]
    for module in modules:
        directive = ["```{eval-rst}", f".. automodule:: {module}", "   :members:", "```", ""]
        lines += [f"## {module.removeprefix(f'{name}.')}", "", *directive]
    return "\n".join(lines)


if __name__ == "__main__":
    for old in (DOCS / "api").glob(f"{TOP}*.md"):
        old.unlink()
    for name, text in pages().items():
        (DOCS / "api" / name).write_text(text, encoding="utf-8")
