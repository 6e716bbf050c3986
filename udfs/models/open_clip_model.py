"""A model of open_clip and its tokenizer, or an error that says what to do."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import open_clip
import torch

from realsyn_lib.errors import ModelError
from realsyn_lib.models.source import Precision
from udfs.freed_memory import give_back
from udfs.models.context import MISFITS
from udfs.models.open_clip_place import OpenClipPlace
from udfs.models.open_clip_tokens import ClipTokens

_NO_WEIGHTS = (AttributeError, TypeError, StopIteration)  # a file that holds something else


def load_model(name: str, place: OpenClipPlace, precision: Precision, device: str) -> Any:
    """Return both towers, with weights, to be asked and not to be trained.

    Raises:
        ModelError: names the model and its place.
    """
    how: dict[str, Any] = {"precision": precision, "device": device}
    with _told(name, place.weights or place.name):
        if place.is_folder and place.weights is not None:  # open_clip would take the folder's own
            model = _without_weights(place, how)
            open_clip.load_checkpoint(model, place.weights, weights_only=True)
        else:
            model = open_clip.create_model(
                place.name, place.weights, weights_only=True, require_pretrained=True, **how
            )
    return model.eval().requires_grad_(False)


def load_text_tower(name: str, place: OpenClipPlace, precision: Precision, device: str) -> Any:
    """Return the model without its image tower.

    On a CPU the weights of a file stay in it, mapped: those of the image tower, and of words that no
    text holds, are never read.

    Raises:
        ModelError: as ``load_model``.
    """
    if device != "cpu" or place.file is None:
        model = load_model(name, place, precision, device)
    else:
        with _told(name, place.file):
            model = _without_weights(place, {"precision": precision, "device": device})
            model.load_state_dict = partial(model.load_state_dict, assign=True)
            open_clip.load_checkpoint(model, place.file, weights_only=True)
            del model.load_state_dict
    del model.visual
    give_back()  # both towers as open_clip made them, before they had weights
    return (model.float() if precision == "fp32" else model).eval().requires_grad_(False)


def load_tokens(name: str, place: OpenClipPlace) -> ClipTokens:
    """Return the model's own tokenizer.

    Raises:
        ModelError: as ``load_model``.
    """
    with _told(name, f"the tokenizer of {place.name}"):
        return ClipTokens(place.name)


def _without_weights(place: OpenClipPlace, how: dict[str, Any]) -> Any:
    """Return the architecture; open_clip's warning that nothing was loaded is kept back."""
    logging.disable(logging.WARNING)
    try:
        return open_clip.create_model(place.name, load_weights=False, **how)
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def _told(name: str, what: str) -> Iterator[None]:
    """Say of what open_clip cannot load which model it is of, and what to do."""
    try:
        yield
    except torch.OutOfMemoryError:
        raise
    except (*MISFITS, *_NO_WEIGHTS) as error:
        raise ModelError(
            f"model {name}: open_clip cannot load {what} ({' '.join(str(error).split())[:300]}); check "
            "the network and its source in models.yaml, or give a folder with the checkpoint as its source"
        ) from error
