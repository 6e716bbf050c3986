"""realsyn assess: a table of one's own, two side by side, and what is refused."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from realsyn_lib.tables import ASSESSMENTS, TOPIC_POINTS, TOPICS

pytestmark = [pytest.mark.wide, pytest.mark.spark, pytest.mark.models]

SUBJECTS = (
    ["cow", "pig", "horse", "goat", "sheep", "barn", "farm", "meadow"],
    ["bread", "cheese", "soup", "salad", "pepper", "onion", "kitchen", "plate"],
)
QUICK = ("--set", "assess.perplexity_rows=0", "--set", "assess.topic_iterations=10")
HOSTILE = "</style><script>document.title='owned'</script>"


def caption(number: int) -> str:
    words = SUBJECTS[number % 2]
    return " and ".join(words[(number // 2 * step) % 8] for step in (1, 3, 5, 7))


@pytest.fixture(scope="module")
def farm(tmp_path_factory):
    """Sixty captions under a name of their own, with licences and scores."""
    rows = [
        {"url": f"https://farm{n % 3}.example/{n}.jpg", "caption": caption(n), "score": n / 100,
         "licence": HOSTILE if n % 2 else None}
        for n in range(60)
    ]  # fmt: skip
    file = tmp_path_factory.mktemp("pairs") / "farm.parquet"
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """Forty pairs in the columns of a release, one of them twice."""
    rows = [
        {"raw_image_url": f"a/{n % 39}.jpg", "text1": f"A photo of {caption(n % 39)}.", "text2": None,
         "text3": None, "syn_text": f"{caption(n % 39)} at Boston Harbour"}
        for n in range(40)
    ]  # fmt: skip
    folder = tmp_path_factory.mktemp("release")
    schema = pa.schema([(name, pa.string()) for name in rows[0]])
    pq.write_table(pa.Table.from_pylist(rows, schema), folder / "00000.parquet")
    return folder


def rows_in(place, table):
    return DeltaTable(place / table.name).to_pyarrow_table().to_pylist()


def measures(place):
    return {(row["measure"], row["label"]): row["value"] for row in rows_in(place, ASSESSMENTS)}


def test_a_table_of_one_s_own_is_assessed_by_the_columns_that_settings_name(
    realsyn, farm, tmp_path
):
    named = ("url=url", "text=caption", "cosine=score", "licence=licence")
    settings = [part for name in named for part in ("--set", f"assess.columns.{name}")]
    code, said, err = realsyn(
        "assess", "--pairs", farm, "--out", tmp_path / "out", *QUICK, *settings
    )
    assert (code, err) == (0, "")
    assert "assess.html" in said
    found = measures(tmp_path / "out" / "farm")
    assert found["count", "pairs"] == 60
    assert found["distinct_words", "text"] == 17  # sixteen nouns, and
    assert found["distinct_entities", "text"] == 16
    assert found["hosts", "farm0.example"] == 20 and found["distinct_hosts", "all"] == 3
    assert found["cosine_text_summary", "mean"] == pytest.approx(0.295)
    assert found["licences", "(not stated)"] == 30
    topics = rows_in(tmp_path / "out" / "farm", TOPICS)
    assert sum(topic["share"] for topic in topics) == pytest.approx(1.0)
    assert sum(topic["text_count"] for topic in topics) == 60
    assert len(rows_in(tmp_path / "out" / "farm", TOPIC_POINTS)) == 60
    page = (tmp_path / "out" / "assess.html").read_text(encoding="utf-8")
    assert "<script" not in page and "farm0.example" in page and "&lt;script&gt;" in page


def test_two_tables_stand_side_by_side_with_the_same_topics(realsyn, farm, released, tmp_path):
    renamed = tmp_path / "other.parquet"
    table = pq.read_table(farm).rename_columns(["raw_image_url", "text1", "score", "licence"])
    pq.write_table(table, renamed)
    out = tmp_path / "out"
    code, _, err = realsyn("assess", "--pairs", released, "--pairs", renamed, "--out", out, *QUICK)
    assert (code, err) == (0, "")
    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in released.name)
    words = [
        [(row["topic_id"], tuple(row["words"])) for row in rows_in(out / one, TOPICS)]
        for one in (name, "other")
    ]
    assert sorted(words[0]) == sorted(words[1])
    assert (
        sum(row["text_count"] for row in rows_in(out / name, TOPICS)) == 39
    )  # one pair is there twice
    shared = measures(out / "shared")
    assert set(shared) == {
        ("shared_entities", f"{name}:text1+other:text1"), ("shared_entities", f"{name}:syn_text+other:text1"),
    } or set(shared) == {
        ("shared_entities", f"other:text1+{name}:text1"), ("shared_entities", f"other:text1+{name}:syn_text"),
    }  # fmt: skip
    assert set(shared.values()) == {16.0}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--pairs", "{farm}"), "name the text's with --set assess.columns.text=NAME"),
        (("--pairs", "{farm}", "--set", "assess.columns.text=caption", "--set", "assess.columns.cosine=url"),
         "column `url` (cosine) is string, expected float"),
        (("--pairs", "{farm}", "--set", "assess.columns.text=nowhere"),
         "column `nowhere` (text) is not there"),
        (("--pairs", "/nowhere/pairs"), "--pairs /nowhere/pairs: there is no such file"),
        (("--pairs", "{code}"), "expected a warehouse, a Delta table, or parquet files"),
        (("--pairs", "a", "--pairs", "b", "--pairs", "c"), "given 3 times, expected once or twice"),
    ],
)  # fmt: skip
def test_what_cannot_be_assessed_is_refused_and_told(realsyn, farm, tmp_path, given, told):
    words = [str(word).format(farm=farm, code=__file__) for word in given]
    code, _, err = realsyn("assess", *words, "--out", tmp_path / "out", *QUICK)
    assert code == 2
    assert told in err
    assert not (tmp_path / "out").exists()


def test_a_table_without_a_row_ends_with_the_gate_s_code(realsyn, tmp_path):
    pq.write_table(pa.table({"text1": pa.array([], pa.string())}), tmp_path / "none.parquet")
    code, _, err = realsyn(
        "assess", "--pairs", tmp_path / "none.parquet", "--out", tmp_path / "out", *QUICK
    )
    assert code == 3
    assert "has no row" in err
