"""The config digest: everything but the input tables that decides a stage's content."""

import hashlib
import json

from jobs.inputs import InputSpec
from realsyn_lib import __version__
from realsyn_lib.config import Config, section_digest
from realsyn_lib.files import read_bytes
from realsyn_lib.stages import StageSpec


def config_digest(
    spec: StageSpec, config: Config, inputs: InputSpec, models: dict[str, str]
) -> str:
    """Return the SHA-256 (hex) over settings, code version, model digests, --limit and --format.

    The last two are extraction's business only: later stages see them through their input
    versions. --image-root is not in it: fetching sees it through the fingerprint of its files.
    """
    parts = {
        "stage": spec.name,
        "revision": spec.revision,
        "code": __version__,
        "settings": section_digest(config, spec.settings),
        "models": models,
    }
    if spec.name == "balance_pairs":
        parts["entries"] = _entries_digest(config)
    if "image_scorers" in spec.settings:
        parts["known_hashes"] = _file_digest(config.image_scorers.known_hashes)
    if spec.name == "extract_documents":
        parts |= {"limit": inputs.limit, "format": inputs.format}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _entries_digest(config: Config) -> str | None:
    """Return the SHA-256 of the list that tiers are drawn by."""
    return _file_digest(
        config.balance.entries_file if config.balance.sampler == "entries" else None
    )


def _file_digest(place: str | None) -> str | None:
    """Return the SHA-256 of a list that a setting names; a list that is not there is none."""
    data = read_bytes(place) if place is not None else None
    return hashlib.sha256(data).hexdigest() if data is not None else None
