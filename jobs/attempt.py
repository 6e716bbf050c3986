"""Which attempt at a stage a commit belongs to."""

import hashlib
import json
from dataclasses import dataclass

from realsyn_lib.config import Config
from realsyn_lib.stages import StageSpec


@dataclass(frozen=True)
class Attempt:
    """Identity of one attempt at a stage.

    The same inputs, digest and ``refit`` (what is fitted anew) go on with an attempt that was
    killed; ``only_run`` is the run that a forced attempt belongs to, which goes on with no other.
    ``again`` is the setting that asks for part of what is done once more (``asked_again``).
    """

    run_id: str
    config_digest: str
    input_versions: dict[str, int]
    only_run: str | None = None
    refit: frozenset[str] = frozenset()
    again: str | None = None

    @property
    def token(self) -> str:
        """What commits of this attempt are known by."""
        identity = [self.config_digest, self.input_versions, self.only_run, sorted(self.refit)]
        identity += [self.again] if self.again else []
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:24]


def asked_again(spec: StageSpec, config: Config) -> str | None:
    """Return the setting by which a stage is asked for part of its work again; None where by none."""
    again = "fetch" in spec.settings and config.fetch.refetch == "failed"
    return "fetch.refetch=failed" if again else None
