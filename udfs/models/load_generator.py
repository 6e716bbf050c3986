"""The generator that models.generator names, by the loader of its source."""

from __future__ import annotations

from realsyn_lib.models.source import ServerSource
from udfs.models.context import ModelContext, no_loader
from udfs.models.generator import Generator
from udfs.models.server_generator import ServerGenerator


def load_generator(context: ModelContext, name: str) -> Generator:
    """Load a generator of the registry.

    Raises:
        SettingError: no such generator.
        ModelError: not fetched, or no code for its loader.
    """
    source = context.reference(name, "generator").source
    if isinstance(source, ServerSource):
        return ServerGenerator(source, name, context.registry.digest(name))
    if source.loader == "llama_cpp":
        # Compiled llama.cpp: not there where a server generates.
        from udfs.models.llama_cpp_generator import LlamaCppGenerator

        return LlamaCppGenerator(context, name)
    if source.loader == "transformers":
        from udfs.models.transformers_generator import TransformersGenerator

        return TransformersGenerator(context, name)
    if source.loader == "vllm":
        from udfs.models.vllm_generator import VllmGenerator

        return VllmGenerator(context, name)
    raise no_loader(name, "generator", source.loader)
