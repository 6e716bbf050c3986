"""A real Chromium, without a window, for tests of pages: what it loads, says, and lets people do."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

VARIABLE = "REALSYN_CHROMIUM"
HOW_TO_GET_IT = (
    "no Chromium is installed: `apt-get install chromium`, or name a Chromium or Chrome of yours in "
    f"{VARIABLE}"
)
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def chromium_path() -> str | None:
    """Return the browser that REALSYN_CHROMIUM names, or the first one that is installed."""
    named = os.environ.get(VARIABLE)
    if named:
        return shutil.which(named)
    return next((path for path in map(shutil.which, _NAMES) if path), None)


@dataclass
class Visit:
    """A page with what happened on it since it was opened.

    ``faults``: what the console calls an error or a warning (a breach of the Content-Security-Policy is
    one), uncaught errors, requests that failed. ``requests``: every address that was asked for.
    """

    page: Page
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def scrolls_sideways(self) -> bool:
        """Say whether the page is wider than its window."""
        root = "document.documentElement"
        return bool(self.page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"))

    def barriers(self) -> list[str]:
        """Return what axe finds wrong for people who cannot see, hear or point well (WCAG 2.2 AA)."""
        found = Axe().run(self.page, options=_WCAG).response["violations"]
        return [f"{rule['id']}: {place['html'][:200]}" for rule in found for place in rule["nodes"]]


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Start the browser that is installed.

    Raises:
        FileNotFoundError: there is none; the message says how to get it.
    """
    path = chromium_path()
    if path is None:
        raise FileNotFoundError(HOW_TO_GET_IT)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a file of tests; longer-lived, its event loop would be in the way of others."""
    with running_chromium() as started:
        yield started


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Open an address in a window of its own: ``visit(address, viewport=PHONE, color_scheme="dark")``.

    Keywords are those of Playwright's ``new_context``. All windows close when the test ends.
    """
    contexts: list[BrowserContext] = []

    def open_page(address: str, **options: object) -> Visit:
        context = browser.new_context(**{"viewport": DESKTOP, **options})
        contexts.append(context)
        found = Visit(context.new_page())
        _listen(found)
        found.page.goto(address)
        return found

    yield open_page
    for context in contexts:
        context.close()


def _listen(visit: Visit) -> None:
    page = visit.page
    page.set_default_timeout(60_000)  # a busy machine is slow, not broken
    page.on("request", lambda request: visit.requests.append(request.url))
    page.on("requestfailed", lambda request: visit.faults.append(f"failed: {request.url[:200]}"))
    page.on("pageerror", lambda error: visit.faults.append(f"uncaught: {error}"))
    page.on(
        "console",
        lambda said: visit.faults.append(said.text) if said.type in ("error", "warning") else None,
    )
