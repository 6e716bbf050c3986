import numpy as np
import pyarrow as pa
import pytest

from realsyn_lib.arrow_types import arrow_schema, stream_bytes
from realsyn_lib.dedup.cell_plan import plan_cells
from realsyn_lib.dedup.minhash import banding_for
from realsyn_lib.dedup.near_texts import NearTextRules
from realsyn_lib.embeddings import binary_of
from realsyn_lib.errors import ShapeError
from realsyn_lib.retrieval.blocks import plan_blocks
from realsyn_lib.retrieval.centroids import write_index
from realsyn_lib.retrieval.levels import one_level
from realsyn_lib.retrieval.search import SearchRules
from udfs.arrow_files import ArrowFile
from udfs.asked_files import write_asked_files
from udfs.band_blocks import band_blocks
from udfs.found_rows import FOUND_DDL
from udfs.merge_found import merge_found
from udfs.near_asked import near_asked
from udfs.near_pairs import near_pairs, near_pairs_in_cells
from udfs.nearest_cluster import nearest_cluster
from udfs.packs import packed, unpacked
from udfs.pair_cosines import pair_cosines
from udfs.route_to_blocks import IMAGE_PACK, SENTENCE_PACK, deal_sentences
from udfs.search_all import EXACT_DDL, search_all
from udfs.search_blocks import search_blocks

EAST, NORTH, NORTH_EAST = [1.0, 0.0], [0.0, 1.0], [0.8, 0.6]


def vectors(*rows):
    return binary_of(np.array(rows))


def one_table(function, batch):
    return pa.Table.from_batches(list(function(iter([batch]))))


@pytest.fixture
def compass(tmp_path):
    return one_level(write_index(np.array([EAST, NORTH], np.float32), str(tmp_path / "index")))


def test_each_row_gets_its_nearest_cluster(compass):
    batch = pa.record_batch({"id": [7, 8], "embedding": vectors(NORTH, NORTH_EAST)})
    found = one_table(nearest_cluster(compass), batch)
    assert found.select(["id", "cluster_id"]).to_pylist() == [
        {"id": 7, "cluster_id": 1},
        {"id": 8, "cluster_id": 0},
    ]
    assert found.schema.field("cluster_id").type == pa.int32()


def test_an_embedding_of_another_encoder_is_refused(compass):
    batch = pa.record_batch({"id": [7], "embedding": vectors([1.0, 0.0, 0.0])})
    with pytest.raises(ShapeError, match="width 2"):
        one_table(nearest_cluster(compass), batch)


def sentences():
    return pa.record_batch(
        [
            pa.array([4, 7, 4, 4], pa.int32()),
            pa.array([11, 20, 10, 12]),
            pa.array([1, 2, 1, 3]),
            vectors(EAST, NORTH, EAST, NORTH_EAST),
        ],
        schema=SENTENCE_PACK,
    )


def images(clusters, is_only):
    lists = pa.array(clusters, pa.list_(pa.int32()))
    columns = [pa.array([1, 2]), vectors(NORTH, EAST), lists, pa.array(is_only)]
    return pa.record_batch(columns, schema=IMAGE_PACK)


def side_of(task, rows, is_image, row_bytes=1):
    """What a side of a task is when it reaches the search."""
    for packs in packed(np.full(rows.num_rows, task), rows.take, row_bytes):
        yield packs.append_column("is_image", pa.repeat(is_image, packs.num_rows))


def searched(rules, *sides):
    found = list(search_blocks(rules)(batch for side in sides for batch in side))
    return pa.Table.from_batches(found, arrow_schema(FOUND_DDL))


def told(found):
    kept = [name for name in found.column_names if name not in ("embedding", "is_only")]
    return [tuple(row.values()) for row in found.select(kept).to_pylist()]


@pytest.mark.parametrize("row_bytes", [1, 2**30])
def test_images_get_the_sentences_of_their_clusters_without_repeats(row_bytes):
    asked = images([[7], [4, 9]], [True, True])
    sides = (side_of(3, rows, rows is asked, row_bytes) for rows in (sentences(), asked))
    found = searched(SearchRules(top_k=3), *sides)
    assert [row[:3] + row[4:] for row in told(found)] == [
        (1, 1, 20, 7, 2), (2, 1, 10, 4, 1), (2, 2, 12, 4, 3),
    ]  # fmt: skip
    assert found["cosine"].to_pylist() == pytest.approx([1.0, 1.0, 0.8], abs=1e-3)
    assert found["is_only"].to_pylist() == [True, True, True]


def test_rows_of_an_image_say_that_it_is_searched_in_other_blocks_too():
    asked = images([[7], [4]], [True, False])
    found = searched(SearchRules(top_k=1), side_of(0, sentences(), False), side_of(0, asked, True))
    assert [row[:3] for row in told(found)] == [(1, 1, 20), (2, 1, 10)]
    assert found["is_only"].to_pylist() == [True, False]


def test_images_meet_the_sentences_of_their_own_task_only():
    asked, other = images([[7], [4]], [True, True]), sentences().slice(2)
    sides = [
        side_of(0, sentences(), False), side_of(1, asked, True),
        side_of(2, other, False), side_of(2, asked, True), side_of(5, sentences(), False),
    ]  # fmt: skip
    assert [row[:3] for row in told(searched(SearchRules(2), *sides))] == [(2, 1, 10), (2, 2, 12)]


def test_rows_of_a_task_travel_in_packs_of_bounded_size():
    rows = sentences()
    packs = pa.Table.from_batches(packed(np.array([5, 2, 5, 5]), rows.take, 2**17))
    assert packs["task"].to_pylist() == [2, 5, 5]
    held = list(unpacked(packs["rows"], SENTENCE_PACK))
    assert [part["sentence_id"].to_pylist() for part in held] == [[20], [11, 10], [12]]
    assert held[1].column("embedding").equals(rows["embedding"].take(pa.array([0, 2])))
    assert list(packed(np.array([], int), rows.take, 1)) == []


def test_packs_that_were_handed_on_are_let_go():
    rows = sentences().take(pa.array(np.zeros(10_000, int)))
    held = []
    for _ in range(3):
        assert sum(batch.num_rows for batch in packed(np.zeros(10_000, int), rows.take, 1)) == 1
        held.append(pa.total_allocated_bytes())
    assert held[2] - held[0] < rows.nbytes


def test_sentences_of_a_large_cluster_are_dealt_out_and_a_copied_block_goes_to_each_of_its_tasks():
    blocks = plan_blocks(np.array([9, 30]), np.array([40, 0]), 10, 10, block_bytes=100)
    assert (blocks.first.tolist(), blocks.parts.tolist()) == ([0, 1], [1, 3])
    assert blocks.copies.tolist() == [4, 1, 1, 1]
    ids = np.arange(39)
    columns = [np.repeat([0, 1], [9, 30]).astype(np.int32), ids, ids, vectors(*[EAST] * 39)]
    rows = pa.record_batch([pa.array(column) for column in columns], schema=SENTENCE_PACK)
    dealt = pa.Table.from_batches(deal_sentences(blocks)(iter([rows])))
    held = [part["sentence_id"].to_pylist() for part in unpacked(dealt["rows"], SENTENCE_PACK)]
    assert (dealt["task"].to_pylist(), dealt["last"].to_pylist()) == ([0, 4, 5, 6], [3, 4, 5, 6])
    assert held[0] == list(range(9))
    assert sorted(held[1] + held[2] + held[3]) == list(range(9, 39))
    assert min(map(len, held[1:])) > 3


@pytest.mark.parametrize("held", [1, 2**14])
def test_an_exact_search_keeps_the_best_of_all_batches(held, monkeypatch):
    monkeypatch.setattr("udfs.search_all._ROWS_AT_ONCE", held)
    asked = pa.Table.from_batches([images([[], []], [True, True])])
    search = search_all(
        stream_bytes(asked.select(["image_id", "embedding"])), SearchRules(top_k=1, spare=1)
    )
    batches = pa.Table.from_batches([sentences()]).to_batches(max_chunksize=1)
    found = pa.Table.from_batches(list(search(iter(batches))))
    assert [(row[0], row[2]) for row in told(found)] == [(1, 20), (1, 12), (2, 10), (2, 11)]
    assert found["embedding"].null_count == 0


def parts(*rows):
    """(image_id, sentence_id, text_key, embedding) with the cosine of an image that looks east."""
    table = pa.table(
        {
            "image_id": [row[0] for row in rows],
            "rank": [1] * len(rows),
            "sentence_id": [row[1] for row in rows],
            "cosine": [float(row[3][0]) for row in rows],
            "cluster_id": [0] * len(rows),
            "text_key": [row[2] for row in rows],
            "is_only": [False] * len(rows),
            "embedding": vectors(*(row[3] for row in rows)),
        }
    )
    return table.cast(arrow_schema(EXACT_DDL))


@pytest.mark.parametrize("held", [1, 2**14])
def test_parts_of_an_image_are_put_together_best_first_without_repeats(held, monkeypatch):
    monkeypatch.setattr("udfs.merge_found._ROWS", held)
    rows = parts(
        (1, 7, 3, NORTH_EAST), (1, 5, 2, EAST), (1, 6, 2, EAST), (1, 8, 4, NORTH), (1, 9, 9, EAST),
        (2, 5, 2, NORTH), (3, 4, 4, EAST), (3, 2, 3, EAST),
    )  # fmt: skip
    merge = merge_found(SearchRules(top_k=2, max_same_cosine=0.95), EXACT_DDL)
    batches = [batch for part in (rows.slice(0, 3), rows.slice(3)) for batch in part.to_batches()]
    found = pa.Table.from_batches(list(merge(iter(batches))))
    assert [row[:3] for row in told(found)] == [(1, 1, 5), (1, 2, 7), (2, 1, 5), (3, 1, 2)]


def test_images_that_one_block_has_settled_stay_as_they_are():
    rows = parts((1, 7, 3, EAST), (1, 8, 3, EAST), (2, 9, 4, NORTH)).drop_columns("embedding")
    settled = rows.set_column(6, "is_only", pa.array([True, True, True]))
    found = pa.Table.from_batches(list(merge_found(SearchRules(1))(iter(settled.to_batches()))))
    assert told(found) == told(settled)


def test_without_vectors_only_equal_texts_repeat_one_another():
    rows = parts((1, 7, 3, EAST), (1, 8, 4, EAST), (1, 9, 3, EAST)).drop_columns("embedding")
    merge = merge_found(SearchRules(top_k=3, max_same_cosine=0.95))
    found = pa.Table.from_batches(list(merge(iter(rows.to_batches()))))
    assert [row[:3] for row in told(found)] == [(1, 1, 7), (1, 2, 8)]


def test_nothing_to_put_together_is_nothing():
    assert list(merge_found(SearchRules())(iter([]))) == []


def placed(*rows):
    """Rows of (task, id, embedding, cells); the key of a vector is its row's id and that negated."""
    task, ids, embedding, cells = (list(column) for column in zip(*rows))
    return pa.record_batch(
        {
            "task": pa.array(task, pa.int32()),
            "id": ids,
            "embedding": vectors(*embedding),
            "one": ids,
            "other": [-number for number in ids],
            "cells": pa.array(cells, pa.list_(pa.int32())),
        }
    )


def test_a_row_is_linked_with_members_of_its_cells_only():
    plan = plan_cells(np.array([3, 3]), np.array([3, 3]), 4, 10**6, least_tasks=1)
    rows = placed(
        (0, 5, EAST, [0, -1]), (0, 6, EAST, [1, -1]), (0, 3, EAST, [0, -1]),
        (0, 9, NORTH, [0, -1]), (0, 7, NORTH, [1, 0]),
    )  # fmt: skip
    found = one_table(near_pairs_in_cells(plan, 0.1), rows).to_pylist()
    assert [(row["src"], row["dst"]) for row in found[:2]] == [(5, 3), (9, 7)]
    told = {row["src"]: (row["one"], row["other"], row["cells"]) for row in found[2:]}
    assert told == {
        5: (5, -5, [0]), 6: (6, -6, [1]), 3: (3, -3, [0]), 9: (9, -9, [0]), 7: (7, -7, [1, 0]),
    }  # fmt: skip


def test_a_row_of_several_tasks_is_told_by_one_of_them():
    plan = plan_cells(np.array([2, 9]), np.array([4, 9]), 4, 60, least_tasks=3)
    assert plan.tasks > 3
    ids, cells = np.arange(40), np.array([[0, 1], [1, 0]] * 20)
    roles = plan.roles(ids, cells)
    home = plan.home_tasks(ids, cells)
    for row in range(40):
        here = roles.is_member & (roles.row == row)
        assert home[row] in plan.task_of[roles.unit[here]]
    rows = [(int(task), row, EAST, cells[row].tolist()) for row in range(40)
            for task in set(plan.task_of[roles.unit[roles.row == row]])]  # fmt: skip
    found = one_table(near_pairs_in_cells(plan, 0.1), placed(*rows)).to_pylist()
    assert len(rows) > 40
    assert sorted(row["src"] for row in found if row["dst"] is None) == list(range(40))


@pytest.mark.parametrize("file_bytes", [1, 2**20])
def test_rows_that_stream_by_meet_the_asked_ones_of_their_cells_in_files(tmp_path, file_bytes):
    # 7 is at home in cell 0 and asks in 2; 8 is at home in 2.
    asked = pa.record_batch(
        {
            "cell": pa.array([0, 2, 2], pa.int32()),
            "is_home": [True, True, False],
            "id": [7, 8, 7],
            "embedding": vectors(EAST, NORTH, EAST),
        }
    )
    write = write_asked_files(str(tmp_path), file_bytes)
    written = pa.Table.from_batches(write(iter(asked.slice(n, 1) for n in range(3)))).to_pylist()
    assert len(written) == (3 if file_bytes == 1 else 1)
    files = tuple(ArrowFile(**row) for row in written)
    rows = pa.record_batch(
        {
            "id": [1, 2, 3, 4, 5],
            "embedding": vectors(EAST, EAST, EAST, NORTH_EAST, NORTH),
            # 2 and 7 both only ask in cell 2, so they do not meet there.
            "cells": pa.array([[0], [1, 2], [2, 1], [0, 2], [1, 2]], pa.list_(pa.int32())),
        }
    )
    found = one_table(near_asked(files, 0.1, 2**20), rows.slice(0)).to_pylist()
    assert {(row["src"], row["dst"]) for row in found} == {(3, 1), (7, 1), (8, 5)}


def test_a_loner_has_no_edges_but_their_schema():
    batch = pa.record_batch({"id": [5], "embedding": vectors(EAST)})
    found = one_table(near_pairs(0.1), batch)
    assert (found.num_rows, found.schema.names) == (0, ["src", "dst"])


def test_blocks_hold_each_text_once_in_each_band_and_texts_without_a_word_never():
    rules = NearTextRules(0.65, 2, banding_for(0.8, 0.97))
    batch = pa.record_batch(
        {"id": [7, 8, 9, 10], "text": ["a b c", "?!", "A, b: c", "d e f"]}
    )  # fmt: skip
    found = one_table(band_blocks(rules, 4), batch).to_pylist()
    entries = {}
    for row in found:
        keys, _, ids = np.frombuffer(row["block"], np.uint64).reshape(3, -1)
        assert set((keys >> np.uint64(62)).tolist()) == {row["unit"] % 4}
        for key, own in zip(keys.tolist(), ids.tolist(), strict=True):
            entries[row["unit"] // 4, own] = key
    bands = rules.banding.bands + 1
    assert sorted(entries) == [(band, own) for band in range(bands) for own in (7, 9, 10)]
    assert all(entries[band, 7] == entries[band, 9] for band in range(bands))
    assert not any(entries[band, 7] == entries[band, 10] for band in range(bands))


def test_two_vectors_of_a_row_become_their_cosine():
    batch = pa.record_batch(
        {"id": [1, 2], "one": vectors(EAST, NORTH), "other": vectors(NORTH_EAST, NORTH)}
    )
    found = one_table(pair_cosines("one", "other", "cosine"), batch)
    assert found.column_names == ["id", "cosine"]
    assert found["cosine"].to_pylist() == pytest.approx([0.8, 1.0], abs=1e-3)
