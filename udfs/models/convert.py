"""Conversions at fetch time, so that a worker loads fast and nothing is ever unpickled.

Each converter is imported when it is called: the extra `gpu` has no gguf, and needs none for the
models of its clusters.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from realsyn_lib.models.fetch import Converter


def _of(module: str, function: str) -> Converter:
    def convert(folder: Path) -> None:
        getattr(import_module(module), function)(folder)

    return convert


CONVERTERS: Mapping[str, Converter] = {
    "efficientnet_lite0": _of("udfs.models.convert_efficientnet", "convert_efficientnet"),
    "gguf_to_safetensors": _of("udfs.models.convert_gguf", "convert_gguf_to_safetensors"),
    "gguf_to_q8": _of("udfs.models.convert_gguf", "convert_gguf_to_q8"),
    "perceptron": _of("realsyn_lib.models.perceptron", "convert_perceptron"),
}
