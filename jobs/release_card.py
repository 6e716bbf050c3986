"""Dataset card and Croissant metadata beside exported files, filled from the run's own counts."""

from jobs.export_tier import Exported
from jobs.model_digests import open_registry
from jobs.published import Published
from jobs.report.funnel import steps
from realsyn_lib import __version__
from realsyn_lib.files import write_text
from realsyn_lib.release.card import CardFacts, CardModel, dataset_card
from realsyn_lib.release.croissant import croissant


def write_card(folder: str, published: Published, tier: str, form: str, written: Exported) -> None:
    """Write ``README.md`` and ``croissant.json`` of an export into its folder."""
    facts = _facts(published, tier, form, written)
    write_text(f"{folder}/README.md", dataset_card(facts))
    write_text(f"{folder}/croissant.json", croissant(facts))


def _facts(published: Published, tier: str, form: str, written: Exported) -> CardFacts:
    release, balance = published.config.release, published.config.balance
    settings = {f"release.{name}": value for name, value in release.model_dump().items()}
    if tier in balance.tiers:
        chosen = balance.tiers[tier].model_dump(exclude_none=True)
        settings |= {f"balance.tiers.{tier}.{name}": value for name, value in chosen.items()}
    return CardFacts(
        tier=tier,
        form=form,
        rows=written.rows,
        refused=written.refused,
        licence=release.licence,
        steps=steps(published),
        models=_models(published),
        settings=settings,
        version=__version__,
    )


def _models(published: Published) -> list[CardModel]:
    registry = open_registry()
    names = published.config.models.model_dump()
    return [CardModel(role, name, registry.get(name).licence) for role, name in names.items()]
