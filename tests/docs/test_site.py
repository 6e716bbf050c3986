"""The pages as Sphinx reads them: every link, anchor and picture inside the repository is there."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# API pages import every module and take half a minute: `make docs` builds them.
WITHOUT_API = "exclude_patterns=.*,build,dist,tests,docs/api/realsyn_lib*"


def build(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    sphinx = [sys.executable, "-m", "sphinx", "--builder", "dummy", "--quiet", "--fail-on-warning"]
    return subprocess.run(
        [*sphinx, "--conf-dir", "docs", "-d", str(out / "doctrees"), "-D", WITHOUT_API, ".", str(out)],
        cwd=source, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_site_is_built_without_a_warning(tmp_path):
    answer = build(ROOT, tmp_path)
    assert answer.returncode == 0, answer.stderr[-3000:]


@pytest.fixture(scope="module")
def broken(tmp_path_factory) -> subprocess.CompletedProcess[str]:
    """A site of two pages with a dead link, a dead anchor and a missing picture."""
    folder = tmp_path_factory.mktemp("broken")
    (folder / "docs").mkdir()
    shutil.copy(ROOT / "docs/conf.py", folder / "docs/conf.py")
    (folder / "docs/site").mkdir()
    (folder / "docs/other.md").write_text("# Other\n")
    (folder / "docs/index.md").write_text(
        "# Start\n\n[gone](gone.md), [no anchor](other.md#nowhere), ![none](none.svg)\n\n"
        "```{toctree}\nother\n```\n"
    )
    return build(folder, folder / "out")


def test_a_dead_link_a_dead_anchor_and_a_missing_picture_end_the_build(broken):
    assert broken.returncode != 0
    for wrong in ("gone.md", "nowhere", "none.svg"):
        assert wrong in broken.stderr, wrong
