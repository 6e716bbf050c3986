"""Pages as HTML. Every text is escaped: pages, models and file names are not trusted."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from realsyn_lib.reasons import DROPPED, FALLBACK, QUARANTINED
from realsyn_lib.report.charts import histogram_svg
from realsyn_lib.report.numbers import short_number
from realsyn_lib.text_table import one_line
from realsyn_lib.view.content import ITEMS_PER_PAGE
from realsyn_lib.view.thresholds import RULE_SETS

ASSETS = {"view.css": "text/css", "view.js": "text/javascript"}
_MAX_TEXT_CHARS = 600


class Pages:
    """Renders the templates of this package."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("realsyn_lib.view", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "count": "{:,}".format, "short": short_number, "line": line, "web": web_address,
            "cosine": "{:.3f}".format,
        }  # fmt: skip
        self._environment.globals |= {
            "histogram_svg": histogram_svg,
            "meanings": {**DROPPED, **QUARANTINED, **FALLBACK},
            "rule_sets": RULE_SETS,
            "link": link,
            "items_per_page": ITEMS_PER_PAGE,
        }

    def page(self, template: str, values: Mapping[str, Any]) -> str:
        """Return a whole page."""
        return self._environment.get_template(template).render(values)


def line(text: object, max_chars: int = _MAX_TEXT_CHARS) -> str:
    """Return text of the web on one line: letters that reorder or hide others are written out."""
    return one_line(str(text), max_chars)


def link(path: str, **query: object) -> str:
    """Return an address of ours with its query encoded; what is None is left out."""
    found = urlencode({name: value for name, value in query.items() if value is not None})
    return f"{path}?{found}" if found else path


def web_address(url: str | None) -> str | None:
    """Return an address that may be a link: http or https, nothing that a browser would run."""
    is_web = url is not None and url.lower().startswith(("http://", "https://"))
    return url if is_web else None


def asset(name: str) -> bytes:
    """Return the bytes of a style sheet or script of ``ASSETS``."""
    return (files("realsyn_lib.view") / "templates" / name).read_bytes()
