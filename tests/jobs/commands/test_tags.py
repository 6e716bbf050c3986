"""realsyn tags: a list that the zero-shot tagger takes, the same however the work is dealt out."""

import pytest

from realsyn_lib.models.tag_lists import read_tags
from udfs.models.tagger import load_tagger

pytestmark = [pytest.mark.spark, pytest.mark.models, pytest.mark.demo]


def test_the_mined_list_holds_new_things_of_the_pages_alike_on_other_partitions(
    realsyn, demo_warehouse, models, tmp_path
):
    lists = []
    for partitions in (1, 3):
        place = tmp_path / f"{partitions}.txt"
        code, out, _ = realsyn(
            "tags", "--warehouse", demo_warehouse, "--to", place, "--rows", 40,
            "--set", f"spark.shuffle_partitions={partitions}",
        )  # fmt: skip
        assert (code, out.split()[0]) == (0, "40")
        lists.append(place.read_bytes())
    assert lists[0] == lists[1]
    tags = read_tags("mined", [str(tmp_path / "1.txt")])
    assert len(tags) == 40
    assert {"bridge", "boat"} <= set(tags)
    known = {label.lower() for label in load_tagger(models, "efficientnet-lite0").labels}
    assert known & set(tags) == set()


def test_more_documents_than_there_are_leave_nothing_and_say_so(realsyn, demo_warehouse, tmp_path):
    code, _, err = realsyn(
        "tags", "--warehouse", demo_warehouse, "--to", tmp_path / "tags.txt", "--by", "documents",
        "--min-documents", 10**6,
    )  # fmt: skip
    assert code == 2
    assert "lower --min-documents" in err
    assert not (tmp_path / "tags.txt").exists()


def test_no_rows_are_refused(realsyn, tmp_path):
    code, _, err = realsyn("tags", "--warehouse", tmp_path, "--to", tmp_path / "t", "--rows", 0)
    assert code == 2
    assert "--rows is 0" in err
