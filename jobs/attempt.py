"""Which attempt at a stage a commit belongs to."""

import hashlib
import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Attempt:
    """Identity of one attempt at a stage.

    The same inputs, digest and ``refit`` (what is fitted anew) go on with an attempt that was
    killed; ``only_run`` is the run that a forced attempt belongs to, which goes on with no other.
    """

    run_id: str
    config_digest: str
    input_versions: dict[str, int]
    only_run: str | None = None
    refit: frozenset[str] = frozenset()

    @property
    def token(self) -> str:
        """What commits of this attempt are known by."""
        identity = [self.config_digest, self.input_versions, self.only_run, sorted(self.refit)]
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:24]
