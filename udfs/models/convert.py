"""Conversions at fetch time, so that a worker loads fast and nothing is ever unpickled."""

from __future__ import annotations

from collections.abc import Mapping

from realsyn_lib.models.fetch import Converter
from realsyn_lib.models.perceptron import convert_perceptron
from udfs.models.convert_efficientnet import convert_efficientnet
from udfs.models.convert_gguf import convert_gguf_to_q8, convert_gguf_to_safetensors

CONVERTERS: Mapping[str, Converter] = {
    "efficientnet_lite0": convert_efficientnet,
    "gguf_to_safetensors": convert_gguf_to_safetensors,
    "gguf_to_q8": convert_gguf_to_q8,
    "perceptron": convert_perceptron,
}
