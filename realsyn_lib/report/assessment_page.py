"""The figures of an assessment as one HTML file that asks the network for nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from realsyn_lib.report.assessment import Assessment
from realsyn_lib.report.content import Fact
from realsyn_lib.report.render import page_environment


@dataclass(frozen=True)
class _Shown:
    """What the section's template looks for."""

    assessment: Assessment


def assessment_page(assessment: Assessment, facts: Sequence[Fact]) -> str:
    """Return the page; ``facts`` say which tables were assessed. Every text is escaped."""
    template = page_environment().get_template("assess.html")
    return template.render(content=_Shown(assessment), facts=facts)
