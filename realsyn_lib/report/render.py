"""A report's content as one HTML file that asks the network for nothing."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from realsyn_lib.reasons import DROPPED, FALLBACK, QUARANTINED
from realsyn_lib.report.assess_charts import ASSESSMENT_CHARTS
from realsyn_lib.report.charts import clusters_svg, histogram_svg, limit_places
from realsyn_lib.report.content import Content
from realsyn_lib.report.numbers import percent, rounded_rows, short_number
from realsyn_lib.report.paper import beside_paper
from realsyn_lib.report.shown_text import visible

ENTITIES = ("document", "image", "sentence", "pair")


@dataclass(frozen=True)
class Section:
    """A part of the page: its anchor, which is also its template's name, and its heading."""

    name: str
    title: str


SECTIONS = (
    Section("funnel", "Funnel"),
    Section("figures", "Figures"),
    Section("retrieval", "Recall"),
    Section("clusters", "Clusters and tiers"),
    Section("assessment", "Assessment"),
    Section("skew", "Skew"),
    Section("gallery", "Gallery"),
    Section("duplicates", "Duplicates"),
    Section("dropped", "What the rules dropped"),
    Section("quarantine", "Quarantine"),
    Section("time", "Time"),
    Section("settings", "Settings"),
    Section("versions", "Versions"),
)


def render(content: Content) -> str:
    """Return the page. Every text is escaped: pages, models and file names are not trusted.

    What is printed goes through ``visible`` first, and through autoescape after it; only the charts
    and the files of the page itself are markup.
    """
    template = page_environment().get_template("report.html")
    return template.render(
        content=content,
        sections=SECTIONS,
        entities=ENTITIES,
        beside=beside_paper(content.steps),
        meanings={**DROPPED, **QUARANTINED, **FALLBACK},
        script_digest=_digest_of("report.js"),
    )


@cache
def page_environment() -> Environment:
    """Return what the templates of pages are filled by: escaping, filters, charts."""
    environment = Environment(
        loader=PackageLoader("realsyn_lib.report", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"count": "{:,}".format, "short": short_number, "rounded": rounded_rows}
    environment.globals |= {
        "histogram_svg": histogram_svg,
        "clusters_svg": clusters_svg,
        "limit_places": limit_places,
        "percent": percent,
        "asset": _asset,
        **ASSESSMENT_CHARTS,
    }
    return environment


def _shown(value: object) -> object:
    """Make what is printed visible; markup is ours."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _asset(name: str) -> Markup:
    """Return a file of the page that is written into it as it is: its style, its script."""
    return Markup((files("realsyn_lib.report") / "templates" / name).read_text(encoding="utf-8"))


def _digest_of(name: str) -> str:
    """Return the digest by which the Content-Security-Policy knows the page's only script."""
    digest = hashlib.sha256(_asset(name).encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
