"""Fetching pictures from a site of bad and good hosts: ours through Spark, against img2dataset.

A loopback server in a process of its own has 36 good hosts and 4 that take connections and never
answer. Of N addresses 5 % are gone (404), 3 % lie on silent hosts, 2 % break off in the middle, 2 %
are opted out by X-Robots-Tag, 2 % disallowed by robots.txt, 1 % answer with one placeholder; the
others, 85 %, are pictures of 256 x 256 px, each with bytes of its own. With ``--scattered`` the
3 % hang one by one on good hosts, which no look at a host can tell.

Sides, each with two processes, in their own words "timeout 5":

- ours: the stage fetch_images with all policies on, its tables committed and judged; the session,
  a first run of 400 addresses that warms it up, and the reading of the pages are start-up;
- img2dataset: 64 threads in each process, one retry, bytes kept as they come.

The table and ``ratio`` are of the good pictures alone (images a second); ``whole`` has the wall of
all N addresses, and quality there: the share of addresses whose status is right (of img2dataset:
came or came not). ``tail`` tells how long the last hundredth of all rows took, as the fetcher hands
them on, without Spark. ``kill`` is a run that is killed when half of the addresses were asked for,
and the same command again: rows lost, and addresses that were asked for twice.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from side_by_side import (
    common_flags,
    in_turn,
    peer_answer,
    peer_python,
    start_up_ends,
    summary,
    tell,
    warm_session,
)

from jobs.cli import main as realsyn
from jobs.settings import fetch_rules
from realsyn_lib.config import load_config
from udfs.fetched import Fetched
from udfs.web_fetcher import WebFetcher

_ROOT = Path(__file__).parents[1]
_GOOD, _SILENT = 36, 4
_SHARES = {
    "gone": 0.05, "silent": 0.03, "short": 0.02, "optout": 0.02, "private": 0.02,
    "placeholder": 0.01,
}  # fmt: skip
_RIGHT = {
    "good": {None}, "gone": {"not_found"}, "silent": {"deadline", "host_unavailable"},
    "hang": {"deadline"}, "short": {"incomplete"}, "optout": {"opt_out"}, "private": {"robots"},
    "placeholder": {"placeholder"},
}  # fmt: skip
_TIMEOUT_S, _THREADS = 5, 64
_PAGE_PICTURES, _WARM = 200, 400


@dataclass(frozen=True)
class Case:
    """Addresses, what each is, and where things are made."""

    urls: tuple[str, ...]
    kinds: tuple[str, ...]
    folder: Path

    @property
    def settings(self) -> list[str]:
        """What the stage is told."""
        placeholders = max(2, self.kinds.count("placeholder") // 2)
        return [
            'fetch.allow_hosts=["127.0.0.0/8"]', f"fetch.deadline_s={_TIMEOUT_S}.0",
            "fetch.retries=1", f"fetch.placeholder_urls={placeholders}",
            "checks.max_quarantine_share=1.0",
        ]  # fmt: skip

    def command(self, warehouse: str, last: str) -> list[str]:
        """Return the arguments of `realsyn` up to a stage."""
        told = [part for setting in self.settings for part in ("--set", setting)]
        place = ["--input", str(self.folder / "pages"), "--warehouse", str(self.folder / warehouse)]
        return ["run", *place, "--format", "html", "--to", last, *told]

    def quality(self, reasons: dict[str, str | None]) -> float:
        """Return the share of addresses with a right status; one without a row has none."""
        named = zip(self.urls, self.kinds, strict=True)
        return sum(reasons.get(url, "") in _RIGHT[kind] for url, kind in named) / len(self.urls)


def main() -> None:
    """Measure the sides, the tail and the kill, and print them."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(dir=arguments.work) as work, _served() as port:
        whole = made_case(Path(work) / "whole", port, arguments.n, arguments.scattered)
        good, warm = only_good(whole, Path(work) / "good"), warming(whole, Path(work) / "warm")
        python = None if arguments.peer == "none" else peer(arguments.work or Path(work))
        found: dict[str, Any] = {}
        for name, case in (("good", good), ("whole", whole)):
            sides = {"ours": ours, "img2dataset": img2dataset} if python else {"ours": ours}
            runs = in_turn(sides, arguments.runs, case, warm, arguments.threads, str(python))
            found[name] = {
                side: summary(side, ran, len(case.urls), _quality(case, side, ran[-1].answer))
                for side, ran in runs.items()
            }
        more = {
            "whole": {
                name: {"wall_s": side.wall_s, "cpu_s": side.cpu_s, "quality": side.quality}
                for name, side in found["whole"].items()
            },
            "tail": tail(whole),
            "kill": kill(whole, port),
        }
        peers = [side for name, side in found["good"].items() if name != "ours"]
        tell("fetch", arguments.n, found["good"]["ours"], peers, ["pyspark", "pyarrow"], more=more)


def made_case(folder: Path, port: int, count: int, scattered: bool = False) -> Case:
    """Make addresses in a seeded order, and pages that show them."""
    chance = random.Random(1)
    kinds = [kind for kind, share in _SHARES.items() for _ in range(round(count * share))]
    kinds = [*kinds, *["good"] * (count - len(kinds))]
    chance.shuffle(kinds)
    kinds = ["hang" if kind == "silent" and scattered else kind for kind in kinds]
    hosts = [_host(kind, chance) for kind in kinds]
    named = zip(hosts, kinds, strict=True)
    urls = [
        f"http://{host}:{port}/{'good' if kind == 'silent' else kind}/{number}.jpg"
        for number, (host, kind) in enumerate(named)
    ]
    return _written(Case(tuple(urls), tuple(kinds), folder))


def only_good(case: Case, folder: Path) -> Case:
    """Return the case of the good pictures alone, under addresses of their own."""
    named = zip(case.urls, case.kinds, strict=True)
    urls = tuple(f"{url}?alone" for url, kind in named if kind == "good")
    return _written(Case(urls, ("good",) * len(urls), folder))


def warming(case: Case, folder: Path) -> Case:
    """Return a small part of the case, under addresses of its own, for the JVM to warm up on."""
    urls = tuple(f"{url}?warm" for url in case.urls[:_WARM])
    return _written(Case(urls, case.kinds[:_WARM], folder))


def peer(work: Path) -> Path:
    """Return the Python of img2dataset's environment."""
    return peer_python(
        work / "img2dataset", "img2dataset==1.47.0", "pyarrow==21.0.0", "numpy==1.26.4",
        "albumentations==1.4.24", "opencv-python-headless==4.10.0.84", "setuptools<80",
    )  # fmt: skip


def ours(case: Case, warm: Case, threads: int, _python: str) -> tuple[float, dict[str, str | None]]:
    """Run the stage on a warehouse whose pages are read already."""
    _, _, start_up_s = warm_session("fetch", threads)
    with tempfile.TemporaryDirectory(dir=case.folder) as folder:
        warehouse, started = f"{folder}/warehouse", time.perf_counter()
        _run(warm.command(f"{folder}/warm", "fetch_images"))
        _run(case.command(warehouse, "extract_documents"))
        start_up_s += time.perf_counter() - started
        start_up_ends()
        _run([*case.command(warehouse, "fetch_images"), "--from", "fetch_images"])
        return start_up_s, reasons_of(Path(warehouse))


def img2dataset(case: Case, _warm: Case, threads: int, python: str) -> tuple[float, list[str]]:
    """Download the same addresses in the same order."""
    script = Path(__file__).parent / "peers" / "img2dataset_fetch.py"
    with tempfile.TemporaryDirectory(dir=case.folder) as folder:
        pq.write_table(pa.table({"url": list(case.urls)}), f"{folder}/urls.parquet")
        flags = (f"{folder}/urls.parquet", folder, threads, _THREADS, _TIMEOUT_S)
        start_up_s, place = peer_answer(Path(python), script, *flags)
        return start_up_s, json.loads(Path(place).read_text())


def tail(case: Case) -> dict[str, float]:
    """Return how long the last hundredth of the rows took, of one fetcher without Spark."""
    rules = fetch_rules(load_config("local", case.settings))
    ended: list[float] = []
    with WebFetcher(rules, {}, lambda _url: Fetched(reason="not_found")) as fetcher:
        started = time.perf_counter()
        fetcher.ask((number, f"{url}?tail") for number, url in enumerate(case.urls))
        for _ in case.urls:
            _, fetched = fetcher.next_done(None)
            fetcher.freed(len(fetched.body or b""))
            ended.append(time.perf_counter() - started)
    last = ended[-1] - ended[-max(2, len(ended) // 100)]
    return {"wall_s": ended[-1], "last_hundredth_s": last, "share": last / ended[-1]}


def kill(case: Case, port: int) -> dict[str, float]:
    """Kill a run when half of the addresses were asked for, run it again, and count."""
    before = asked(port)
    command = [
        str(Path(sys.executable).parent / "realsyn"),
        *case.command("killed", "fetch_images"),
    ]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    while sum((asked(port) - before).values()) < len(case.urls) / 2 and process.poll() is None:
        time.sleep(0.2)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    at_kill = asked(port) - before
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    both, reasons = asked(port) - before, reasons_of(case.folder / "killed")
    twice = [url for url, count in both.items() if 0 < at_kill[url] < count]
    return {
        "asked_before": len(at_kill), "lost": len(set(case.urls) - set(reasons)),
        "asked_twice": len(twice), "quality": case.quality(reasons),
    }  # fmt: skip


def asked(port: int) -> Counter[str]:
    """Return how often the server was asked for each address."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_counts") as answer:
        counts = json.load(answer)
    split = {where: where.partition("/") for where in counts}
    return Counter(
        {f"http://{host}:{port}/{path}": counts[where] for where, (host, _, path) in split.items()}
    )


def reasons_of(warehouse: Path) -> dict[str, str | None]:
    """Return the verdict on each address."""
    table = DeltaTable(str(warehouse / "fetches")).to_pyarrow_table(columns=["url", "drop_reason"])
    return dict(zip(table["url"].to_pylist(), table["drop_reason"].to_pylist(), strict=True))


@contextlib.contextmanager
def _served() -> Iterator[int]:
    """Serve the site in a process of its own; gives its port."""
    command = [sys.executable, "-m", "tests.loopback_site", "--hosts", str(_GOOD + _SILENT)]
    with subprocess.Popen(
        [*command, "--silent", str(_SILENT)], cwd=_ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        yield int(server.stdout.readline())


def _host(kind: str, chance: random.Random) -> str:
    if kind == "silent":
        return f"127.0.0.{chance.randrange(_GOOD, _GOOD + _SILENT) + 1}"
    return f"127.0.0.{chance.randrange(_GOOD) + 1}"


def _written(case: Case) -> Case:
    (case.folder / "pages").mkdir(parents=True)
    for first in range(0, len(case.urls), _PAGE_PICTURES):
        shown = case.urls[first : first + _PAGE_PICTURES]
        pictures = "".join(f'<img src="{url}">' for url in shown)
        text = f"<html><body><p>Page number {first} shows pictures.</p>{pictures}</body></html>"
        (case.folder / "pages" / f"{first}.html").write_text(text, encoding="utf-8")
    return case


def _quality(case: Case, side: str, answer: Any) -> float:
    if side == "ours":
        return case.quality(answer)
    came = set(answer)
    named = zip(case.urls, case.kinds, strict=True)
    return sum((url in came) == (kind == "good") for url, kind in named) / len(case.urls)


def _run(arguments: list[str]) -> None:
    try:
        realsyn(arguments)
    except SystemExit as ended:
        if ended.code:
            raise


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=20_000, help="addresses")
    parser.add_argument("--scattered", action="store_true", help="hang on good hosts")
    common_flags(parser)
    return parser.parse_args()


if __name__ == "__main__":
    main()
