"""The published tables of a warehouse -> one HTML file."""

from dataclasses import replace

from jobs.inputs import remembered_inputs
from jobs.published import Published
from jobs.report.assessments import assessment
from jobs.report.clusters import cluster_sizes
from jobs.report.dropped import dropped_images, dropped_sentences, quarantined
from jobs.report.duplicates import image_components, sentence_components
from jobs.report.figures import histograms
from jobs.report.funnel import stage_times, steps
from jobs.report.gallery import MAX_TEXT_CHARS, cards
from jobs.report.pictures import pictures_of
from jobs.report.read_once import read_once
from jobs.report.retrieval import measured, recalls
from jobs.report.settings import settings, tables, versions
from jobs.report.skew import skews
from realsyn_lib import __version__
from realsyn_lib.files import write_text
from realsyn_lib.report.content import Content, Fact
from realsyn_lib.report.render import render


def write_report(published: Published, out: str) -> None:
    """Write the report of what is published; sections whose tables are missing say so."""
    write_text(out, render(gather(read_once(published))))


def gather(published: Published) -> Content:
    """Collect the report: some hundred rows and at most about 250 thumbnails reach the driver."""
    found = steps(published)
    content = Content(
        facts=_facts(published),
        steps=found,
        times=stage_times(published, found),
        histograms=histograms(published),
        clusters=cluster_sizes(published),
        cards=cards(published),
        image_components=image_components(published),
        sentence_components=sentence_components(published),
        dropped_images=dropped_images(published, found),
        dropped_sentences=dropped_sentences(published, found),
        quarantined=quarantined(published),
        recalls=recalls(published),
        measured=measured(published),
        skews=skews(published),
        settings=settings(published),
        versions=versions(published),
        tables=tables(published),
        assessment=assessment(published),
    )
    return replace(content, pictures=pictures_of(published, _shown_images(content)))


def _shown_images(content: Content) -> set[int]:
    of_cards = {card.image_id for card in content.cards}
    of_components = {m.id for group in content.image_components for m in group.members}
    examples = [example for group in content.dropped_images for example in group.examples]
    return of_cards | of_components | {e.image_id for e in examples if e.image_id is not None}


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
        newest = max(runs, key=lambda run: (run.run_id, run.started_at))
        facts.append(Fact("last run", f"{newest.run_id}, stage {newest.stage}"))
        facts.append(Fact("stages published", f"{len(runs)}, {sum(r.took_s for r in runs):,.0f} s"))
    facts.append(Fact("realsyn", __version__))
    return tuple(facts)
