"""The settings that a stage declared, and no others."""

from typing import Any

from realsyn_lib.config import Config
from realsyn_lib.stages import StageSpec

_FREE_SECTIONS = ("spark", "resources", "batch", "checks", "models")  # never content by themselves


class StageSettings:
    """The sections of the configuration that a stage declared; any other is a fault of ours."""

    def __init__(self, config: Config, spec: StageSpec) -> None:
        self._config, self._spec = config, spec

    def __getattr__(self, section: str) -> Any:
        if section not in self._spec.settings + _FREE_SECTIONS:
            raise AttributeError(
                f"stage {self._spec.name} reads settings {section}, which its StageSpec does not name"
            )
        return getattr(self._config, section)
