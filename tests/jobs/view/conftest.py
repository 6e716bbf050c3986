"""A server of a warehouse, as `realsyn view` starts it."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
NOT_READY = "h1:text('Not ready yet')"
ADDRESS = re.compile(r"^view: (http://\S+)$", re.MULTILINE)


@contextmanager
def serving(warehouse, log, *more, **environment):
    """Start the command and give the address that it prints; end it as Ctrl-C does, with exit code 0."""
    command = [
        sys.executable,
        "-m",
        "jobs.cli",
        "view",
        "--warehouse",
        str(warehouse),
        "--port",
        "0",
    ]
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, *map(str, more)], cwd=ROOT, stdout=out, stderr=out,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while not (found := ADDRESS.search(log.read_text())):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield found[1]
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(30)
    assert code == 0, log.read_text()


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    """Start servers that end with the module: ``serve(warehouse)`` gives the address."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(warehouse, *more, **environment):
            log = tmp_path_factory.mktemp("view") / "log"
            return stack.enter_context(serving(warehouse, log, *more, **environment))

        yield start


@pytest.fixture
def at(address, visit):
    """Open a page of the module's server, signed in; one that is not ready yet asks again by itself."""
    base = address.split("/?")[0]

    def open_page(path, **options):
        found = visit(address, **options)
        found.page.goto(base + path, wait_until="networkidle", timeout=60_000)
        if found.page.locator(NOT_READY).count():
            found.page.wait_for_selector(NOT_READY, state="detached", timeout=120_000)
            found.faults.clear()  # a browser's console calls 503 an error
            found.page.wait_for_load_state("networkidle")
        return found

    return open_page
