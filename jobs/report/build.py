"""The published tables of a warehouse -> one HTML file."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from jobs.inputs import remembered_inputs
from jobs.names import REPORT
from jobs.published import Published
from jobs.report.assessments import assessment
from jobs.report.clusters import cluster_sizes
from jobs.report.dropped import dropped_images, dropped_sentences, quarantined
from jobs.report.duplicates import image_components, sentence_components
from jobs.report.figures import histograms
from jobs.report.funnel import stage_times, steps
from jobs.report.gallery import MAX_TEXT_CHARS, cards
from jobs.report.pictures import pictures_of
from jobs.report.retrieval import measured, recalls
from jobs.report.settings import settings, tables, versions
from jobs.report.skew import skews
from jobs.session_keys import session_keys
from realsyn_lib import __version__
from realsyn_lib.files import read_bytes, write_text
from realsyn_lib.integrity.guarded_files import write_guarded
from realsyn_lib.report.content import Content, Fact
from realsyn_lib.report.render import render

_AT_ONCE = 3
# Examples are asked for by ids, which are digests: no file's statistics rule it out, and asking them
# is a Spark job for each query.
_KEYS = {"spark.databricks.delta.stats.skipping": "false"}


def write_report(published: Published, out: str) -> None:
    """Write the report of what is published; sections whose tables are missing say so."""
    page = render(gather(published))
    write = write_guarded if out == f"{published.warehouse.files}/{REPORT}" else write_text
    write(out, page)


def is_drawn(published: Published) -> bool:
    """Say whether the warehouse's own report is there and names the last run."""
    page = read_bytes(f"{published.warehouse.files}/{REPORT}")
    return page is not None and _last_run(published).encode() in page


def gather(published: Published) -> Content:
    """Collect the report: some hundred rows and at most about 250 thumbnails reach the driver."""
    found = steps(published)
    asked: dict[str, Callable[[Published], Any]] = {
        "histograms": histograms,
        "cards": cards,
        "dropped_sentences": lambda them: dropped_sentences(them, found),
        "sentence_components": sentence_components,
        "image_components": image_components,
        "dropped_images": lambda them: dropped_images(them, found),
        "skews": skews,
        "clusters": cluster_sizes,
        "assessment": assessment,
        "quarantined": quarantined,
        "times": lambda them: stage_times(them, found),
        "facts": _facts,
        "recalls": recalls,
        "measured": measured,
        "settings": settings,
        "versions": versions,
        "tables": tables,
    }
    with session_keys(published.warehouse.spark, _KEYS):
        content = Content(steps=found, **_side_by_side(published, asked))
        return replace(content, pictures=pictures_of(published, _shown_images(content)))


def _side_by_side(
    published: Published, parts: Mapping[str, Callable[[Published], Any]]
) -> dict[str, Any]:
    """Work parts out some at a time: a query is planned on one core, and most of these are small."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        begun = {name: pool.submit(part, published) for name, part in parts.items()}
        return {name: part.result() for name, part in begun.items()}


def _shown_images(content: Content) -> set[int]:
    of_cards = {card.image_id for card in content.cards}
    of_components = {m.id for group in content.image_components for m in group.members}
    examples = [example for group in content.dropped_images for example in group.examples]
    return of_cards | of_components | {e.image_id for e in examples if e.image_id is not None}


def _last_run(published: Published) -> str:
    newest = max(published.last_runs().values(), key=lambda run: run.order)
    return f"{newest.run_id}, stage {newest.stage}"


def _facts(published: Published) -> tuple[Fact, ...]:
    inputs = remembered_inputs(published.warehouse.files)
    facts = [Fact("warehouse", published.warehouse.location)]
    if inputs is not None:
        facts.append(Fact("input", ", ".join(inputs.paths)[:MAX_TEXT_CHARS]))
        facts.append(Fact("format", inputs.format or "unknown"))
        if inputs.limit is not None:
            facts.append(Fact("limit", f"{inputs.limit:,} documents"))
    runs = published.last_runs().values()
    if runs:
        facts.append(Fact("last run", _last_run(published)))
        facts.append(Fact("stages published", f"{len(runs)}, {sum(r.took_s for r in runs):,.0f} s"))
    facts.append(Fact("realsyn", __version__))
    return tuple(facts)
