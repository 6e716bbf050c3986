"""Images of a benchmark set -> vectors of the encoder under test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from realsyn_lib.embeddings import bad_rows
from realsyn_lib.evaluation.benchmark_samples import BenchmarkSample
from udfs.guarded_decode import ChildLimits
from udfs.model_pixels import decoded_pixels
from udfs.models.encoder import Encoder
from udfs.work_ahead import worked_ahead

_ROWS = 64
_WHOLE = 10**6  # a JPEG is decoded at its own size, as open_clip's transform has it


@dataclass(frozen=True)
class BenchmarkVectors:
    """Sound samples with their (n, width) float32 vectors of unit norm, and why others are left out."""

    samples: list[BenchmarkSample]
    vectors: np.ndarray
    refused: list[str]


def benchmark_vectors(
    encoder: Encoder,
    samples: Iterator[BenchmarkSample],
    max_pixels: int,
    limits: ChildLimits,
    decoders: int = 1,
) -> Iterator[BenchmarkVectors]:
    """Yield the samples in their order, a call of the model at a time.

    While it computes, ``decoders`` guarded children decode the next ones; in memory are files and
    pixels of ``decoders`` + 1 parts.

    Args:
        encoder: whose vectors are wanted.
        samples: of a split; those with a reason are counted and passed over.
        max_pixels: a picture of more is refused.
        limits: bounds of a decoding child.
        decoders: children.
    """
    how = replace(encoder.image_input, decode_margin=_WHOLE)

    def decode(part: list[BenchmarkSample], lane: int) -> tuple[np.ndarray, list[str | None]]:
        files = [sample.image for sample in part]
        return decoded_pixels(files, how, max_pixels, limits, lane)

    rows = max(_ROWS, encoder.rows_per_call)
    parts = _parts(samples, rows, limits.max_request_bytes)
    for part, (pixels, reasons) in worked_ahead(parts, decode, decoders):
        vectors = encoder.embed_images(pixels)
        why = [
            sample.reason or reason or ("bad_vector" if is_bad else None)
            for sample, reason, is_bad in zip(part, reasons, bad_rows(vectors), strict=True)
        ]
        sound = [number for number, reason in enumerate(why) if reason is None]
        yield BenchmarkVectors(
            [part[number] for number in sound], vectors[sound], [one for one in why if one]
        )


def _parts(
    samples: Iterator[BenchmarkSample], rows: int, max_bytes: int
) -> Iterator[list[BenchmarkSample]]:
    part: list[BenchmarkSample] = []
    size = 0
    for sample in samples:
        if part and (len(part) == rows or size + len(sample.image) > max_bytes):
            yield part
            part, size = [], 0
        part.append(sample)
        size += len(sample.image)
    if part:
        yield part
