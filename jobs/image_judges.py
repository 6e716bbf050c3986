"""The settings image_scorers as what the workers judge pictures by."""

import hashlib

import numpy as np

from jobs.index_files import tell_index
from jobs.settings import use_of
from jobs.stage import Stage
from realsyn_lib.errors import SettingError
from realsyn_lib.files import read_bytes, write_bytes
from realsyn_lib.images.known_hashes import array_file, parse_known_hashes
from udfs.judge_images import HashFile, ImageJudges, ScoreRule


def image_judges(stage: Stage) -> ImageJudges:
    """Return the models and lists that settings name; the list of hashes becomes two mapped files.

    Raises:
        SettingError: the list is missing or malformed.
    """
    settings, resources = stage.conf.image_scorers, stage.conf.resources
    named = (
        ("nsfw", settings.nsfw, settings.nsfw_labels, settings.max_nsfw),
        ("watermark", settings.watermark, settings.watermark_labels, settings.max_watermark),
    )
    rules = tuple(
        ScoreRule(reason, use_of(model, resources), tuple(labels), most)
        for reason, model, labels, most in named
        if model is not None
    )
    wholes, looks = _known(stage, settings.known_hashes)
    rows = stage.conf.batch.image_rows
    return ImageJudges(rules, wholes, looks, stage.conf.images.max_pixels, rows)


def _known(stage: Stage, place: str | None) -> tuple[HashFile | None, HashFile | None]:
    if place is None:
        return None, None
    where = f"image_scorers.known_hashes {place}"
    data = read_bytes(place)
    if data is None:
        raise SettingError(f"{where}: not found, expected a text file with one hash a line")
    try:
        known = parse_known_hashes(data.decode("utf-8-sig"), where)
    except UnicodeDecodeError as error:
        raise SettingError(f"{where}: {error}; expected UTF-8 text") from error
    stage.metrics["known_hashes"] = float(len(known.sha256) + len(known.phashes))
    return _published(stage, "sha256", known.sha256), _published(stage, "phash", known.phashes)


def _published(stage: Stage, kind: str, values: np.ndarray) -> HashFile:
    data = array_file(values)
    digest = hashlib.sha256(data).hexdigest()
    place = stage.files("indexes", f"known-{kind}-{digest[:12]}.npy")
    write_bytes(place, data)
    tell_index(stage, f"known-{kind}", digest)
    return HashFile(place, digest)
