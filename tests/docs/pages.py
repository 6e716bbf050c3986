"""What the tests of the pages share: the pages, their fenced blocks and inline code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
STAGE_PAGES = ROOT / "docs/stages"
PAGES = sorted(
    path
    for pattern in (
        "*.md",
        "docs/*.md",
        "docs/stages/*.md",
        "deploy/*/README.md",
        "benchmarks/*.md",
    )
    for path in ROOT.glob(pattern)
)
_FENCE = re.compile(r"^[ ]*```(\{?[\w\-]*\}?)[^\n]*\n(.*?)^[ ]*```$", re.MULTILINE | re.DOTALL)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def blocks_of(path: Path, language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return [body for name, body in _FENCE.findall(text_of(path)) if name == language]


def inline_code_of(path: Path) -> list[str]:
    """What stands between single backticks, outside fenced blocks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", _FENCE.sub("", text_of(path)))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
