"""The cells of semantic dedup, fitted once: index files named by their digest, which the metrics keep."""

import math
from collections.abc import Callable

from jobs.index_files import tell_index
from jobs.stage import Stage
from realsyn_lib.config import SemanticSettings
from realsyn_lib.errors import ContractError
from realsyn_lib.files import is_file, read_bytes, write_bytes
from realsyn_lib.retrieval.centroids import IndexFile
from realsyn_lib.retrieval.level_file import DIGITS, digest_of, level_bytes, levels_from
from realsyn_lib.retrieval.levels import LevelIndex

# By stage: what --refit calls its cells, and the metric that names their file.
CELLS_OF = {"dedup_images": "image_cells", "dedup_sentences": "sentence_cells"}


def frozen_levels(
    stage: Stage, settings: SemanticSettings, width: int, fit: Callable[[], LevelIndex]
) -> LevelIndex:
    """Return the cells of an earlier run, or fit and publish them.

    They are fitted where no run has, for other settings of the fit, another encoder or width, and
    for --refit.

    Raises:
        ContractError: a file of the cells is gone or is another.
    """
    found = stage.frozen_figure(
        CELLS_OF[stage.spec.name], _fitted_by(stage, settings, width), lambda: _write(stage, fit())
    )
    return _read(stage, found)


def known_levels(stage: Stage, settings: SemanticSettings, width: int) -> LevelIndex | None:
    """Return the cells of an earlier run; None where they must be fitted.

    Raises:
        ContractError: a file of the cells is gone or is another.
    """
    name = CELLS_OF[stage.spec.name]
    found = stage.frozen_figure(name, _fitted_by(stage, settings, width), lambda: math.nan)
    return None if math.isnan(found) else _read(stage, found)


def _fitted_by(stage: Stage, settings: SemanticSettings, width: int) -> object:
    decisive = {"rows_per_cluster", "sample_per_centroid", "iterations", "seed"}
    return [settings.model_dump(include=decisive), width, stage.models["encoder"]]


def _write(stage: Stage, levels: LevelIndex) -> float:
    data = level_bytes(levels)
    digest = digest_of(data)
    write_bytes(_place(stage, digest), data)
    return float(int(digest, 16))


def _read(stage: Stage, figure: float) -> LevelIndex:
    name, digest = CELLS_OF[stage.spec.name], f"{int(figure):0{DIGITS}x}"
    place = _place(stage, digest)
    data = read_bytes(place)
    if data is None or digest_of(data) != digest:
        state = "not found" if data is None else f"its digest is {digest_of(data)}"
        raise ContractError(f"{place}: {state}; run {stage.spec.name} with --refit {name}")
    levels = levels_from(data, lambda cells: stage.files("indexes", cells))
    if isinstance(levels.cells, IndexFile) and not is_file(levels.cells.path):
        raise ContractError(
            f"{levels.cells.path}: not found; run {stage.spec.name} with --refit {name}"
        )
    if isinstance(levels.cells, IndexFile):
        tell_index(stage, name, levels.cells.digest)
    return levels


def _place(stage: Stage, digest: str) -> str:
    return stage.files("indexes", f"{CELLS_OF[stage.spec.name]}-{digest}.arrow")
