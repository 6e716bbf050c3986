"""The benchmark sets of RealSyn's tables, by CLIP_benchmark's names where it has them."""

import re
from dataclasses import dataclass
from typing import Literal

Task = Literal["zeroshot_classification", "zeroshot_retrieval", "linear_probe"]

_TWENTY = {
    "food101": "acc1", "cifar10": "acc1", "cifar100": "acc1", "birdsnap": "acc1", "sun397": "acc1",
    "cars": "acc1", "fgvc_aircraft": "mean_per_class_recall", "dtd": "acc1",
    "pets": "mean_per_class_recall", "caltech101": "mean_per_class_recall",
    "flowers": "mean_per_class_recall", "stl10": "acc1", "eurosat": "acc1", "resisc45": "acc1",
    "kitti_closest_vehicle_distance": "acc1", "country211": "acc1", "ucf101": "acc1",
    "hateful_memes": "roc_auc", "renderedsst2": "acc1", "imagenet1k": "acc1",
}  # fmt: skip
_ROBUSTNESS = ("imagenetv2", "imagenet-a", "imagenet-r", "objectnet", "imagenet_sketch")
_RETRIEVAL = ("flickr30k", "mscoco_captions")
_OTHER_NAMES = {
    "stanfordcars": "cars", "aircraft": "fgvc_aircraft", "fgvcaircraft2013": "fgvc_aircraft",
    "oxfordpets": "pets", "oxfordiiitpet": "pets", "flowers102": "flowers",
    "oxfordflowers102": "flowers", "kitti": "kitti_closest_vehicle_distance",
    "kittidistance": "kitti_closest_vehicle_distance", "sst2": "renderedsst2",
    "imagenet": "imagenet1k", "coco": "mscoco_captions", "mscoco": "mscoco_captions",
    "coco2014": "mscoco_captions", "mscoco2014": "mscoco_captions",
}  # fmt: skip
_PREFIXES = re.compile(r"^(?:wds[_/-])?(?:vtab[_/-])?")
_APART = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True)
class PaperList:
    """One table of the paper: its sets, each with the metric that it states."""

    title: str
    task: Task
    metrics: dict[str, str]


PAPER_LISTS = {
    "transfer": PaperList("zero-shot transfer", "zeroshot_classification", _TWENTY),
    "linear_probe": PaperList(
        "linear probe", "linear_probe", {name: f"lp_{metric}" for name, metric in _TWENTY.items()}
    ),
    "robustness": PaperList(
        "robustness", "zeroshot_classification", dict.fromkeys(_ROBUSTNESS, "acc1")
    ),
    "retrieval": PaperList(
        "retrieval, R@1 of images", "zeroshot_retrieval",
        dict.fromkeys(_RETRIEVAL, "image_retrieval_recall@1"),
    ),
}  # fmt: skip
_NAMES = {
    _APART.sub("", name): name for listed in PAPER_LISTS.values() for name in listed.metrics
} | _OTHER_NAMES


def set_name(folder: str) -> str:
    """Return the name of the set that a folder holds.

    Args:
        folder: its name, or with the folder above it, such as ``wds_vtab-caltech101``,
            ``vtab/caltech101`` or ``Caltech101``.

    Returns:
        The paper's set where it is one of them, else the folder's own name without ``wds_``.
    """
    plain = _PREFIXES.sub("", folder.lower())
    return _NAMES.get(_APART.sub("", plain), plain)


def listed_mean(
    listed: PaperList, found: dict[str, dict[str, float | None]]
) -> tuple[float | None, list[str]]:
    """Return the mean of a list over the sets that were measured, and the names of those that were not.

    Args:
        listed: the list.
        found: metrics by the name of the set, of the list's own task.
    """
    values = {name: found.get(name, {}).get(metric) for name, metric in listed.metrics.items()}
    known = [value for value in values.values() if value is not None]
    missing = [name for name, value in values.items() if value is None]
    return (sum(known) / len(known) if known else None), missing
