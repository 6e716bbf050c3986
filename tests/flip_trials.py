"""Files of a finished warehouse with one bit flipped, cut or emptied: `realsyn verify` must name each.

    python -m tests.flip_trials [--work DIR] [--flips 200] [--seed 1] [--only KIND]

Every file below the warehouse may be drawn, but locks, whose content nobody reads, and what no log names.
Kinds of files take turns: the data files of each table, logs, checksums beside them, index files, what stages
keep, shards and their tables, the small files of exports and of commands. Several are damaged at a time, but
only one of what one finding tells of.
"""

import contextlib
import io
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.fault_journal import trials_parser
from tests.fault_line import LAST, undisturbed_line
from tests.tiny_site import realsyn


@dataclass(frozen=True)
class Flip:
    """One way to damage a file. ``place``: the bit that is flipped, or the bytes that are left."""

    kind: str
    file: Path
    action: str
    place: int

    def __str__(self) -> str:
        return f"{self.action} of {self.file} ({self.kind}) at {self.place}"

    def damaged(self, data: bytes) -> bytes:
        """Return the file's bytes after it."""
        if self.action != "flip":
            return data[: self.place]
        changed = bytearray(data)
        changed[self.place // 8] ^= 1 << self.place % 8
        return bytes(changed)


def kinds_of(warehouse: Path) -> dict[str, list[Path]]:
    """Return the files of a warehouse that hold anything, by kind."""
    kinds: dict[str, list[Path]] = {}
    logs = "".join(path.read_text() for path in warehouse.glob("*/_delta_log/*.json"))
    for path in sorted(warehouse.rglob("*")):
        parts = path.relative_to(warehouse).parts
        if path.is_file() and path.stat().st_size and _is_ours(parts, logs):
            kinds.setdefault(_kind(path, parts), []).append(path)
    return kinds


def _is_ours(parts: tuple[str, ...], logs: str) -> bool:
    """Of a table its log and what it names: not the file without rows that Spark writes for an empty one."""
    if parts[0] == "_files" or "_delta_log" in parts:
        return parts[:2] != ("_files", "locks")
    return parts[-1].removeprefix(".").removesuffix(".crc") in logs


def _kind(path: Path, parts: tuple[str, ...]) -> str:
    if path.name.startswith(".") and path.name.endswith(".crc"):
        return "checksums beside"
    if parts[0] != "_files":
        return f"log {path.suffix}" if "_delta_log" in parts else f"data of {parts[0]}"
    if len(parts) == 2:
        return path.name
    if parts[1] == "releases":
        return f"release {path.suffix or path.name}" if not path.name.startswith("_") else path.name
    return f"{parts[1]} {path.suffix}"


def flips_of(warehouse: Path, count: int, seed: int) -> Iterator[Flip]:
    """Yield so many flips, kind after kind, then a cut and an emptying of each kind."""
    chance, kinds = random.Random(seed), kinds_of(warehouse)
    names = sorted(kinds)
    for number in range(count):
        kind = names[number % len(names)]
        path = chance.choice(kinds[kind])
        yield Flip(kind, path, "flip", chance.randrange(path.stat().st_size * 8))
    for kind in names:
        path = chance.choice(kinds[kind])
        yield Flip(kind, path, "cut", chance.randrange(1, path.stat().st_size))
        yield Flip(kind, path, "empty", 0)


def in_rounds(warehouse: Path, flips: Iterable[Flip]) -> list[list[Flip]]:
    """Put flips together of which no two are told by one finding; those of `runs` hide others: each alone."""
    rounds: list[dict[str, Flip]] = []
    for flip in flips:
        owner = _owner(flip.file.relative_to(warehouse).parts)
        if owner == "runs":
            rounds.append({owner: flip, "": flip})
            continue
        free = next((one for one in rounds if owner not in one and "" not in one), None)
        if free is None:
            rounds.append({owner: flip})
        else:
            free[owner] = flip
    return [list(dict.fromkeys(one.values())) for one in rounds]


def _owner(parts: tuple[str, ...]) -> str:
    """Return the table, the folder of an export, of a stage's memory, or the single file that is damaged."""
    depth = {"releases": 4, "memory": 3, "kept": 3}.get(parts[1], len(parts))
    owner = "/".join(parts[:depth]) if parts[0] == "_files" else parts[0]
    return owner.replace("_files/kept", "_files/memory").replace("/.", "/").removesuffix(".crc")


def try_round(flips: list[Flip], verify: Callable[[], tuple[int, str]]) -> list[str]:
    """Damage files and put them right again; return what was not named, or was changed by the look."""
    before = [flip.file.read_bytes() for flip in flips]
    damaged = [flip.damaged(data) for flip, data in zip(flips, before, strict=True)]
    for flip, data in zip(flips, damaged, strict=True):
        flip.file.write_bytes(data)
    try:
        code, told = verify()
        failed = [line for line in told.splitlines() if line.startswith("FAIL")]
        missed = [f"exit code {code}: {flips[0]}"] if code != 2 else []
        missed += [f"not named: {flip}" for flip in flips if not any_names(failed, flip.file)]
        moved = [
            f"changed by the look: {flip}"
            for flip, data in zip(flips, damaged, strict=True)
            if not flip.file.exists() or flip.file.read_bytes() != data
        ]
        return missed + moved
    finally:
        for flip, data in zip(flips, before, strict=True):
            flip.file.write_bytes(data)


def any_names(failed: list[str], file: Path) -> bool:
    """Say whether one of the findings names a file."""
    return any(names(line, file) for line in failed)


def names(line: str, file: Path) -> bool:
    """Say whether a finding names a file; one whose checksums are damaged is named itself."""
    name = file.name
    if name.startswith(".") and name.endswith(".crc"):
        name = name.removeprefix(".").removesuffix(".crc")
    return str(file.parent) in line and name in line


def verify_files(warehouse: Path) -> tuple[int, str]:
    """Run `realsyn verify --files-only` in the warm session; return its exit code and findings."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(io.StringIO()):
        code = realsyn("verify", "--warehouse", warehouse, "--files-only")
    return code, told.getvalue()


def main() -> None:
    """Try all flips; exit with 1 where one was not named."""
    parser = trials_parser(__doc__)
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="a kind of files")
    arguments = parser.parse_args()
    work = arguments.work.absolute()
    line = undisturbed_line(work)
    warehouse = line.after(LAST)
    code, told = verify_files(warehouse)
    assert code == 0, f"the warehouse was not sound: {told}"
    flips = flips_of(warehouse, arguments.flips, arguments.seed)
    wanted = [flip for flip in flips if arguments.only in (None, flip.kind)]
    started, missed = time.monotonic(), []
    rounds = in_rounds(warehouse, wanted)
    for some in rounds:
        found = try_round(some, lambda: verify_files(warehouse))
        missed += found
        print(f"{len(some)} damaged files, {len(found)} missed", *found, sep="\n", flush=True)
    for action, count in Counter(flip.action for flip in wanted).items():
        print(f"{action}: {count}")
    kinds = len({flip.kind for flip in wanted})
    seconds = time.monotonic() - started
    print(
        f"{len(wanted)} damaged files of {kinds} kinds in {len(rounds)} rounds, {len(missed)} missed, "
        f"{seconds:.0f} s, seed {arguments.seed}"
    )
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
