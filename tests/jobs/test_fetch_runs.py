"""Pages whose pictures lie on servers: what comes of each address, and who is asked again."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from jobs.warehouse import Warehouse
from tests.loopback_site import LoopbackSite
from tests.tiny_site import Killed, Tiny

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]

GOOD, SILENT = "127.0.0.1", "127.0.0.3"
SETTINGS = (
    'fetch.allow_hosts=["127.0.0.0/8"]', "fetch.deadline_s=2.0", "fetch.retries=0",
    "fetch.placeholder_urls=3", "checks.max_quarantine_share=0.9",
)  # fmt: skip
EXPECTED = {
    "good": {None}, "private": {"robots"}, "gone": {"not_found"}, "optout": {"opt_out"},
    "placeholder": {"placeholder"}, "short": {"incomplete"}, "hang": {"deadline"},
}  # fmt: skip


@dataclass(frozen=True)
class Web:
    """Pages of one folder whose pictures lie on a loopback site."""

    site: LoopbackSite
    tiny: Tiny

    def page(self, name: str, urls: list[str]) -> None:
        """Write a page that shows pictures."""
        self.tiny.site.mkdir(exist_ok=True)
        pictures = "".join(f'<img src="{url}">' for url in urls)
        text = f"<html><body><p>A page called {name} is here.</p>{pictures}</body></html>"
        (self.tiny.site / name).write_text(text, encoding="utf-8")

    def run(self, *more: str, last: str = "filter_images") -> int:
        """Run up to ``last``."""
        settings = [part for one in (*SETTINGS, *more) for part in ("--set", one)]
        return self.tiny.run(*settings, last=last)

    def reasons(self) -> dict[str, str | None]:
        """Return the reason of each address, by host and path."""
        rows = self.tiny.rows("fetches", "url", "drop_reason")
        return {str(url).replace(f":{self.site.port}", "")[7:]: reason for url, reason in rows}


@pytest.fixture
def web(spark, models, tmp_path: Path):
    with LoopbackSite(hosts=3, silent=1) as site:
        made = Web(site, Tiny(tmp_path / "site", tmp_path / "warehouse"))
        kinds = [kind for kind in EXPECTED for _ in range(3)]
        urls = [site.url(GOOD, f"{kind}/{n}.jpg") for n, kind in enumerate(kinds)]
        urls += [site.url(SILENT, f"good/{n}.jpg") for n in range(12)]
        made.page("first.html", urls)
        yield made


def test_every_address_has_its_reason_and_only_pictures_go_on(web: Web, capsys):
    assert web.run() == 0
    reasons = web.reasons()
    for kind, expected in EXPECTED.items():
        of_kind = {why for url, why in reasons.items() if url.startswith(f"{GOOD}/{kind}/")}
        assert (kind, of_kind) == (kind, expected)
    silent = [reasons[url] for url in reasons if url.startswith(SILENT)]
    assert set(silent) == {"deadline", "host_unavailable"} and len(silent) == 12
    assert len(web.tiny.rows("images", "url")) == 3
    asked = web.site.counts()
    assert not any("/private/" in url for url in asked)
    assert set(asked.values()) == {1}

    before = web.tiny.versions()
    assert web.run() == 0
    assert (web.tiny.versions(), web.site.counts()) == (before, asked)

    web.page("second.html", [web.site.url("127.0.0.2", "good/99.jpg")])
    web.site.is_mended = True
    assert web.run() == 0
    fresh = {url for url, count in web.site.counts().items() if count != asked.get(url)}
    assert fresh == {"127.0.0.2/good/99.jpg"}
    assert len(web.tiny.rows("images", "url")) == 4


def test_failures_are_asked_again_on_demand_and_nothing_else(web: Web):
    assert web.run() == 0
    asked, first = web.site.counts(), web.reasons()
    web.site.is_mended = True
    assert web.run("fetch.refetch=failed") == 0
    again = {url for url, count in web.site.counts().items() if count != asked.get(url)}
    transient = {"incomplete", "deadline", "host_unavailable"}
    assert again == {url for url, why in first.items() if why in transient}
    now = web.reasons()
    assert {now[url] for url in again} == {None}
    assert {url: why for url, why in now.items() if url not in again} == {
        url: why for url, why in first.items() if url not in again
    }
    assert len(web.tiny.rows("images", "url")) == 3 + len(again)
    before = web.tiny.versions()
    assert web.run() == 0  # the wish is no setting of the content
    assert web.tiny.versions() == before


def test_what_came_before_a_kill_is_not_asked_for_again(web: Web, tmp_path: Path, monkeypatch):
    append = Warehouse.append

    def dies_before_the_commit(warehouse, table, frame, *more):
        if table.name == "image_bytes":
            frame.write.format("noop").mode("overwrite").save()
            raise Killed
        append(warehouse, table, frame, *more)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Warehouse, "append", dies_before_the_commit)
        web.run(last="fetch_images")
    asked = web.site.counts()
    assert len(asked) > 15
    assert web.tiny.writes("image_bytes") == 0
    web.site.is_mended = True
    assert web.run(last="fetch_images") == 0
    assert web.site.counts() == asked
    assert web.reasons()[f"{GOOD}/good/0.jpg"] is None
    assert web.reasons()[f"{GOOD}/short/15.jpg"] == "incomplete"
    assert not (web.tiny.warehouse / "_files/work/fetch_images").exists()
