"""Documents that come later through both dedup stages: their tables are those of --force."""

import numpy as np
import pytest
from PIL import Image

from realsyn_lib.tables import IMAGE_DUPLICATES, SENTENCE_DUPLICATES
from tests.equal_tables import assert_equal_warehouses
from tests.jobs.test_runs_new_documents import add_page, run
from tests.tiny_site import Tiny, make_site

pytestmark = [pytest.mark.long, pytest.mark.spark, pytest.mark.models]

OLD = (
    "A heron waited beside the quiet pond until the fish came closer.",
    "Two carpenters repaired the broken gate before the first snow fell.",
    "The captain steered her small boat through the narrow harbour entrance.",
    "My grandmother baked seven loaves of dark bread every Friday morning.",
    "Heavy trucks carried gravel along the coast road throughout the night.",
    "Students painted the old classroom walls bright yellow last summer.",
    "An engineer measured how far the bridge moved in strong wind.",
    "Farmers planted rows of young apple trees behind the stone barn.",
    "The museum bought three drawings from a collector in Vienna.",
)
NEAR = OLD[2].replace("small", "little")  # one word of eleven
STAGES = ("dedup_images", "dedup_sentences")


def smooth(path, seed, size):
    """Write a picture of a few soft spots; its hash hardly changes with its size."""
    small = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    Image.fromarray(small).resize(size, Image.Resampling.BICUBIC).save(path)


def metrics(tiny, stage):
    runs = tiny.table("runs").to_pyarrow_table().sort_by("started_at").to_pylist()
    return dict([row for row in runs if row["stage"] == stage][-1]["metrics"])


def test_added_documents_join_as_in_a_run_over_all(spark, models, tmp_path):
    tiny = Tiny(make_site(tmp_path / "site"), tmp_path / "warehouse")
    names = [f"spot{seed}.png" for seed in range(8)]
    for seed, name in enumerate(names):
        smooth(tiny.site / name, seed, (200, 160))
    add_page(tiny, "animals.html", *OLD, images=tuple(names))
    assert run(tiny, 1, last="dedup_sentences") == 0
    first = {stage: metrics(tiny, stage) for stage in STAGES}
    assert [first[stage]["added_rows"] for stage in STAGES] == [10, 13]  # 2 and 4 of the tiny site
    assert first["dedup_sentences"]["memory"] != first["dedup_images"]["memory"]

    smooth(tiny.site / "copy.png", 3, (240, 190))
    add_page(tiny, "late.html", NEAR, "A tram stopped near the harbour.", images=("copy.png",))
    assert run(tiny, 1, last="dedup_sentences") == 0
    assert [metrics(tiny, stage)["added_rows"] for stage in STAGES] == [1, 2]
    ids = dict(tiny.rows("sentences", "text", "sentence_id"))
    joined = {ids[OLD[2]], ids[NEAR]}
    found = tiny.rows("sentence_duplicates", "id", "kind", "component_id")
    assert {(n, "perceptual", min(joined)) for n in joined} <= set(found)
    urls = dict(tiny.rows("images", "url", "image_id"))
    copies = {urls["spot3.png"], urls["copy.png"]}
    found = tiny.rows("image_duplicates", "id", "kind", "component_id")
    assert {(n, "perceptual", min(copies)) for n in copies} <= set(found)

    anew = tiny.copy_to(tmp_path / "anew")
    assert run(anew, 1, "--from", "dedup_images", "--force", last="dedup_images") == 0
    assert run(anew, 1, "--from", "dedup_sentences", "--force", last="dedup_sentences") == 0
    assert [metrics(anew, stage)["added_rows"] for stage in STAGES] == [11, 15]
    assert_equal_warehouses(tiny.warehouse, anew.warehouse, (IMAGE_DUPLICATES, SENTENCE_DUPLICATES))

    (tiny.site / "late.html").unlink()
    assert run(tiny, 1, "--allow-removal", last="dedup_sentences") == 0
    assert metrics(tiny, "dedup_sentences")["added_rows"] == 13  # rows are gone: all anew
    assert ids[NEAR] not in {n for (n,) in tiny.rows("sentence_duplicates", "id")}
