"""Whether what a stage has published is still what its inputs and settings would give."""

from collections.abc import Callable, Mapping

from jobs.digest import config_digest
from jobs.inputs import InputSpec, remembered_inputs
from jobs.ledger import StageRun
from jobs.model_digests import open_registry, scorer_digests
from jobs.opt_out_table import FORGOTTEN, opt_out_version
from jobs.other_sentences import home_of, open_sentences
from jobs.published import Published
from realsyn_lib.config import Config
from realsyn_lib.models.registry import Registry
from realsyn_lib.stages import StageSpec
from realsyn_lib.tables import OPT_OUT


def staleness_of(published: Published) -> Callable[[StageSpec, StageRun], list[str]]:
    """Return a function that names what has changed since a stage's last finished run.

    Input files are not listed: that is `realsyn run --dry-run`. Names are those of tables,
    ``settings`` for settings, models, the code, --format and --limit.
    """
    inputs = remembered_inputs(published.warehouse.files) or InputSpec()
    sentences = open_sentences(published.warehouse.spark, published.config, published.warehouse)
    registry = open_registry()
    opt_out = opt_out_version(published.ledger)[OPT_OUT.name]

    def changed(spec: StageSpec, run: StageRun) -> list[str]:
        now = run.input_versions | {
            table: home_of(table, published.ledger, sentences).published(table)
            for table in spec.reads
        }
        now.pop(FORGOTTEN, None)
        if OPT_OUT.name in run.input_versions:
            now[OPT_OUT.name] = opt_out
        models = _model_digests(registry, spec, published.config)
        return changes(run, config_digest(spec, published.config, inputs, models), now)

    return changed


def changes(run: StageRun, digest: str, versions: Mapping[str, int | None]) -> list[str]:
    """Name what differs from a finished run: ``settings``, tables and input files, in order."""
    names = run.input_versions.keys() | versions.keys()
    changed = (name for name in names if run.input_versions.get(name) != versions.get(name))
    return [*(["settings"] if run.config_digest != digest else []), *sorted(changed)]


def _model_digests(registry: Registry, spec: StageSpec, config: Config) -> dict[str, str]:
    """Digests from the registry alone: a model that is not fetched changes nothing published."""
    found = {role: registry.digest(getattr(config.models, role)) for role in spec.models}
    return found | scorer_digests(spec, config, registry.digest)
