import pytest

from realsyn_lib.evaluation.paper_lists import PAPER_LISTS, listed_mean, set_name


def test_the_lists_are_the_papers():
    sizes = {name: len(listed.metrics) for name, listed in PAPER_LISTS.items()}
    assert sizes == {"transfer": 20, "linear_probe": 20, "robustness": 5, "retrieval": 2}
    by_class = [
        name
        for name, metric in PAPER_LISTS["transfer"].metrics.items()
        if metric == "mean_per_class_recall"
    ]
    assert sorted(by_class) == ["caltech101", "fgvc_aircraft", "flowers", "pets"]  # table 8
    assert PAPER_LISTS["linear_probe"].metrics["hateful_memes"] == "lp_roc_auc"


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("wds_imagenet1k", "imagenet1k"), ("wds_imagenet-a", "imagenet-a"), ("ImageNet-V2", "imagenetv2"),
        ("wds_vtab-kitti_closest_vehicle_distance", "kitti_closest_vehicle_distance"),
        ("vtab/flowers", "flowers"), ("Oxford-IIIT-Pet", "pets"), ("SST2", "renderedsst2"),
        ("hateful-memes", "hateful_memes"), ("wds_mnist", "mnist"), ("vtab/svhn", "svhn"),
    ],
)  # fmt: skip
def test_a_folder_is_told_by_any_of_its_sets_names(folder, name):
    assert set_name(folder) == name


def test_the_mean_is_over_the_sets_that_were_measured_each_by_its_own_metric():
    found = {"cars": {"acc1": 0.2, "mean_per_class_recall": 0.9},
             "pets": {"acc1": 0.9, "mean_per_class_recall": 0.4}, "mnist": {"acc1": 0.0}}  # fmt: skip
    mean, missing = listed_mean(PAPER_LISTS["transfer"], found)
    assert mean == pytest.approx(0.3)
    assert len(missing) == 18 and "cars" not in missing
    assert listed_mean(PAPER_LISTS["retrieval"], found) == (None, ["flickr30k", "mscoco_captions"])
