"""A report's content as one HTML file that asks the network for nothing."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from realsyn_lib.reasons import DROPPED, FALLBACK, QUARANTINED
from realsyn_lib.report.charts import clusters_svg, histogram_svg
from realsyn_lib.report.content import Content

ENTITIES = ("document", "image", "sentence", "pair")


def render(content: Content) -> str:
    """Return the page. Every text is escaped: pages, models and file names are not trusted."""
    environment = Environment(
        loader=PackageLoader("realsyn_lib.report", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["count"] = "{:,}".format
    environment.filters["short"] = short_number
    template = environment.get_template("report.html")
    return template.render(
        content=content,
        entities=ENTITIES,
        meanings={**DROPPED, **QUARANTINED, **FALLBACK},
        histogram_svg=histogram_svg,
        clusters_svg=clusters_svg,
    )


def short_number(value: float) -> str:
    """Return a number of an axis or a cosine in at most a few letters."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
