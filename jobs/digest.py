"""The config digest: everything but the input tables that decides a stage's content."""

import hashlib
import json

from jobs.inputs import InputSpec
from realsyn_lib import __version__
from realsyn_lib.config import Config, section_digest
from realsyn_lib.stages import StageSpec


def config_digest(
    spec: StageSpec, config: Config, inputs: InputSpec, models: dict[str, str]
) -> str:
    """Return the SHA-256 (hex) over settings, code version, model digests and --limit.

    ``--limit``, the format and the image root are the first stages' business only: later stages
    see them through their input versions.
    """
    parts = {
        "stage": spec.name,
        "revision": spec.revision,
        "code": __version__,
        "settings": section_digest(config, spec.settings),
        "models": models,
    }
    if spec.name == "extract_documents":
        parts |= {"limit": inputs.limit, "format": inputs.format}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
