"""What every loader needs beside the model's name."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import TypeVar

import torch
from safetensors import SafetensorError

from realsyn_lib.errors import ModelError
from realsyn_lib.models.cache import cache_root, require_folder
from realsyn_lib.models.registry import ModelReference, Registry
from realsyn_lib.models.source import FolderSource, HubSource, Precision, WheelSource

Loaded = TypeVar("Loaded")
Call = Callable[..., torch.Tensor]
TORCH_TYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
# What libraries raise for files that are missing, cut, of another model, or would run code.
MISFITS = (
    OSError, RuntimeError, ValueError, KeyError, AssertionError, EOFError, UnpicklingError,
    SafetensorError,
)  # fmt: skip


@dataclass(frozen=True)
class ModelContext:
    """The registry, the cache folder, the torch device and the threads of a CPU call.

    ``may_compile``: whether towers go through ``torch.compile``. ``constant_shapes``: whether texts on a
    CPU are padded to the shape of a full batch, so that no row's last bits depend on its neighbours; a
    single text costs as much as the batch then.
    """

    registry: Registry
    root: Path
    device: str = "cpu"
    threads: int = 1
    may_compile: bool = False
    constant_shapes: bool = True

    @classmethod
    def of(
        cls, registry: Registry, device: str = "cpu", threads: int = 1, may_compile: bool = False
    ) -> ModelContext:
        """Return a context whose cache folder follows the environment."""
        return cls(registry, cache_root(os.environ), device, threads, may_compile)

    def precision(self, name: str, usual: Precision) -> Precision:
        """Return what a model computes in: its source's precision on a GPU, fp32 on a CPU."""
        stated = getattr(self.registry.get(name).source, "precision", None)
        return "fp32" if self.device == "cpu" else stated or usual

    def compiled(self, call: Call) -> Call:
        """Return ``call`` through torch.compile where that is wanted."""
        return torch.compile(call) if self.may_compile else call

    def reference(self, name: str, role: str) -> ModelReference:
        """Return a model's reference, and set torch's threads for the calls to come.

        Results on CPU depend on the number of threads, so it is never left to chance.
        """
        torch.set_num_threads(self.threads)
        return self.registry.get(name, role)

    def folder(self, name: str) -> Path:
        """Return the folder with the fetched files of a model."""
        return require_folder(self.registry, name, self.root)

    def pretrained(self, name: str, load: Callable[..., Loaded], **settings: object) -> Loaded:
        """Call transformers' ``load`` (a ``from_pretrained``) on the place where a model lies.

        Raises:
            ModelError: a source of another kind, not there, or no network to bring it.
        """
        from transformers.utils import logging

        logging.disable_progress_bar()  # a worker has no terminal
        place, where = self.place(name)
        try:
            return load(place, trust_remote_code=False, **where, **settings)
        except MISFITS as error:
            reason = " ".join(str(error).split())[:300]
            raise ModelError(
                f"model {name}: {place} cannot be loaded ({reason}); check its source in "
                "models.yaml, and the network where it is a hub's"
            ) from error

    def place(self, name: str) -> tuple[str, dict[str, object]]:
        """Return a hub's repository or a folder, and how a ``from_pretrained`` is to read it."""
        source = self.registry.get(name).source
        if isinstance(source, HubSource):
            return source.repository, {"revision": source.revision}
        if isinstance(source, FolderSource):
            return source.path, {"local_files_only": True}
        if isinstance(source, WheelSource):
            return str(self.folder(name)), {"local_files_only": True}
        raise ModelError(f"model {name}: transformers cannot load source {source.kind}")


def no_loader(name: str, role: str, loader: str) -> ModelError:
    """Return the error for a role that has no code for a loader."""
    return ModelError(
        f"model {name}: loader {loader} cannot serve as {role}; choose another model for {role} "
        "or another loader in models.yaml"
    )
