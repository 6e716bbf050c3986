import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from realsyn_lib.errors import EnvironmentFault, ModelError
from realsyn_lib.models.cache import (
    cache_root,
    is_fetched,
    model_folder,
    require_folder,
    wrong_files,
)
from realsyn_lib.models.fetch import fetch_model
from realsyn_lib.models.registry import Registry, parse_registry

WEIGHTS = b"weights"


def made_wheel(store: Path, content: bytes = WEIGHTS) -> str:
    """Put a wheel where a download would put it, and return its sha256."""
    wheel = store / "eyes-1.0-py3-none-any.whl"
    store.mkdir(exist_ok=True)
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("eyes/__init__.py", "raise SystemExit('uploader code ran')")
        archive.writestr("eyes/w.bin", content)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (store / digest).mkdir()
    wheel.rename(store / digest / wheel.name)
    return digest


def registry_of(wheel_sha: str, size: int = len(WEIGHTS), convert: str = "none") -> Registry:
    member_sha = hashlib.sha256(WEIGHTS).hexdigest()
    return parse_registry(
        f"""
models:
  eyes:
    role: tagger
    licence: MIT
    memory_mb: 1
    source:
      kind: wheel
      loader: data
      convert: {convert}
      wheels:
        - distribution: realsyn-no-such-distribution
          version: "1.0"
          sha256: {wheel_sha}
          members: [{{path: eyes/w.bin, file: w.bin, sha256: {member_sha}, size_bytes: {size}}}]
""",
        where="test",
    )


def fetch(registry: Registry, tmp_path: Path, converters=None) -> Path:
    said: list[str] = []
    root, store = tmp_path / "cache", tmp_path / "wheels"
    return fetch_model(registry, "eyes", root, converters or {}, store, said.append)


def test_only_the_named_member_is_taken(tmp_path: Path):
    registry = registry_of(made_wheel(tmp_path / "wheels"))
    folder = fetch(registry, tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["manifest.json", "w.bin"]
    assert (folder / "w.bin").read_bytes() == WEIGHTS
    assert require_folder(registry, "eyes", tmp_path / "cache") == folder


def test_a_wheel_with_other_bytes_is_refused_and_leaves_nothing(tmp_path: Path):
    digest = made_wheel(tmp_path / "wheels")
    (wheel,) = (tmp_path / "wheels" / digest).glob("*.whl")
    wheel.write_bytes(wheel.read_bytes() + b"x")
    with pytest.raises(ModelError, match="not the one pinned"):
        fetch(registry_of(digest), tmp_path)
    assert not is_fetched(registry_of(digest), "eyes", tmp_path / "cache")
    assert [p.name for p in (tmp_path / "cache").iterdir()] == [".eyes.lock"]


@pytest.mark.parametrize("content", [b"weightS", b"weights and more", b""])
def test_a_member_other_than_pinned_is_refused(tmp_path: Path, content):
    with pytest.raises(ModelError, match=r"eyes/w\.bin"):
        fetch(registry_of(made_wheel(tmp_path / "wheels", content)), tmp_path)


def test_a_file_changed_later_is_found_by_check(tmp_path: Path):
    folder = fetch(registry_of(made_wheel(tmp_path / "wheels")), tmp_path)
    assert wrong_files(folder) == []
    (folder / "w.bin").write_bytes(b"weightz")
    (line,) = wrong_files(folder)
    assert str(folder / "w.bin") in line


def test_a_file_removed_later_is_found_by_check(tmp_path: Path):
    folder = fetch(registry_of(made_wheel(tmp_path / "wheels")), tmp_path)
    (folder / "w.bin").unlink()
    assert "no file" in wrong_files(folder)[0]


def test_a_conversion_that_fails_leaves_no_model(tmp_path: Path):
    def fails(folder: Path) -> None:
        (folder / "half").write_bytes(b"x")
        raise ModelError("cannot convert")

    registry = registry_of(made_wheel(tmp_path / "wheels"), convert="perceptron")
    with pytest.raises(ModelError, match="cannot convert"):
        fetch(registry, tmp_path, {"perceptron": fails})
    assert not model_folder(registry, "eyes", tmp_path / "cache").exists()


def test_a_second_fetch_does_nothing(tmp_path: Path):
    registry = registry_of(made_wheel(tmp_path / "wheels"))
    before = (fetch(registry, tmp_path) / "w.bin").stat().st_mtime_ns
    assert (fetch(registry, tmp_path) / "w.bin").stat().st_mtime_ns == before


def test_a_folder_without_a_manifest_is_replaced(tmp_path: Path):
    registry = registry_of(made_wheel(tmp_path / "wheels"))
    half = model_folder(registry, "eyes", tmp_path / "cache")
    half.mkdir(parents=True)
    (half / "w.bin").write_bytes(b"half")
    assert (fetch(registry, tmp_path) / "w.bin").read_bytes() == WEIGHTS


def test_without_network_one_line_says_what_to_do(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(ModelError, match="check the network") as caught:
        fetch(registry_of("c" * 64), tmp_path)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_cache_folder_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "cache").write_text("a file, not a folder")
    with pytest.raises(EnvironmentFault, match="REALSYN_MODELS"):
        fetch(registry_of(made_wheel(tmp_path / "wheels")), tmp_path)


def test_a_model_that_is_missing_says_how_to_fetch_it(tmp_path: Path):
    with pytest.raises(ModelError, match="realsyn models fetch eyes"):
        require_folder(registry_of("c" * 64), "eyes", tmp_path)


def test_the_cache_folder_follows_the_environment():
    assert cache_root({"REALSYN_MODELS": "/elsewhere"}) == Path("/elsewhere")
    assert cache_root({}).parts[-3:] == (".cache", "realsyn", "models")


CONCURRENT = """
import sys
from pathlib import Path
from tests.lib.models.test_fetch import fetch, registry_of
print(fetch(registry_of(sys.argv[1]), Path(sys.argv[2])))
"""


def test_two_processes_may_fetch_the_same_model_at_once(tmp_path: Path):
    digest = made_wheel(tmp_path / "wheels")
    command = [sys.executable, "-c", CONCURRENT, digest, str(tmp_path)]
    root = Path(__file__).parents[3]
    both = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE) for _ in range(2)]
    printed = {process.communicate(timeout=60)[0] for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(printed) == 1
