"""The open_clip command that trains on exported shards."""

import re
from importlib.util import find_spec
from pathlib import Path

from realsyn_lib.release.records import TEXT_COLUMNS
from realsyn_lib.release.shards import shard_name

_TEXTS_OPTION = "--json-text-key"
_ALL_TEXTS = (
    f'{_TEXTS_OPTION} "{";".join(TEXT_COLUMNS)}" '
    f"{_TEXTS_OPTION}-probs {' '.join(['0.25'] * len(TEXT_COLUMNS))}"
)
_MEANT_BY_SHELLS = re.compile(r'(["\\$`])')


def train_command(place: str, samples: int, shards: int, all_texts: bool) -> str:
    """Return the command that trains on a webdataset export.

    Args:
        place: folder or URI of the export.
        samples: rows in all shards.
        shards: their number.
        all_texts: whether each sample shall have one of its four texts by chance, anew in each
            epoch, out of its JSON; else it has its .txt. Not every open_clip can.
    """
    last = shard_name(shards - 1)
    names = f"{{{shard_name(0)}..{last}}}" if shards > 1 else last
    data = _MEANT_BY_SHELLS.sub(r"\\\1", f"{place}/{names}.tar")
    return (
        f'python -m open_clip_train.main --dataset-type webdataset --train-data "{data}" '
        f"--train-num-samples {samples}{f' {_ALL_TEXTS}' if all_texts else ''} --dataset-resampled"
    )


def how_to_train(place: str, samples: int, shards: int) -> list[str]:
    """Return lines for a person: the command for the open_clip that is installed here, if any."""
    if draws_texts():
        return [train_command(place, samples, shards, all_texts=True)]
    return [
        train_command(place, samples, shards, all_texts=False),
        f"(captions are the .txt files; an open_clip that knows {_TEXTS_OPTION}, which 3.3.0 does not, "
        f"draws one of the four texts: add {_ALL_TEXTS})",
    ]


def draws_texts() -> bool:
    """Say whether the installed open_clip_train has the option; False where there is none."""
    spec = find_spec("open_clip_train")
    folders = spec.submodule_search_locations if spec else None
    if not folders:
        return False
    options = Path(folders[0], "params.py")
    return options.is_file() and _TEXTS_OPTION in options.read_text(encoding="utf-8")
