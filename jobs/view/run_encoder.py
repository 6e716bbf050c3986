"""The text side of the encoder that embedded a warehouse, loaded beside the server."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jobs.ledger import StageRun
from jobs.metric_digest import digest_as_float
from jobs.model_digests import open_registry
from jobs.widths import ENCODER
from realsyn_lib.config import Config
from realsyn_lib.errors import ContractError, ModelError
from realsyn_lib.models.registry import Registry

if TYPE_CHECKING:
    from udfs.models.encoder import TextSide


class RunEncoder:
    """Embeds texts with the model whose digest the run of embed_images kept.

    It loads in a thread of its own and answers one question at a time. A text is not padded to the
    batch of a stage, which would cost many times as much: its vector is that of a stage but for the
    last bits. One thread multiplies: of 40 ms it has nothing to share, and two that wait for each other
    at every layer take ten times as long where anything else runs.
    """

    def __init__(self, run: StageRun | None, config: Config) -> None:
        self._worker = ThreadPoolExecutor(1, "encoder")
        self._texts = self._worker.submit(_load, run, config)

    def text_vector(self, text: str) -> Future[np.ndarray]:
        """Return (width,) float32 of unit norm, once the model has answered."""
        return self._worker.submit(self._embed, text)

    def close(self) -> None:
        """Answer nothing more."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _embed(self, text: str) -> np.ndarray:
        return np.asarray(self._texts.result().embed_texts([text])[0])


def _load(run: StageRun | None, config: Config) -> TextSide:
    if run is None:
        raise ContractError("no image is embedded yet; run with --from embed_images")
    registry = open_registry()
    name = _name_of(run, registry, config)
    # Seconds of imports that the first page does not wait for.
    from udfs.models.context import ModelContext
    from udfs.models.load_encoder import load_text_side

    context = replace(ModelContext.of(registry, threads=1), constant_shapes=False)
    return load_text_side(context, name)


def _name_of(run: StageRun, registry: Registry, config: Config) -> str:
    """Return the model of the registry that the run used, whatever the settings name now."""
    named = config.models.encoder
    others = sorted(n for n, model in registry.models.items() if model.role == "encoder")
    wanted = run.metrics.get(ENCODER)
    for name in [named, *(other for other in others if other != named)]:
        if wanted is not None and _digest(registry, name) == wanted:
            return name
    raise ModelError(
        f"run {run.run_id} embedded the images with an encoder that is none of {', '.join(others)}; name its "
        "models file in REALSYN_MODELS_FILE, or run again with --from embed_images"
    )


def _digest(registry: Registry, name: str) -> float | None:
    try:
        return digest_as_float(registry.digest(name))
    except ModelError:  # a folder that is not on this machine is not the one
        return None
