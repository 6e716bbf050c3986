"""Every query of docs/stages runs on the demo's tables, and shows something."""

import pytest

from jobs.published import open_warehouse
from jobs.query_views import create_views
from realsyn_lib.config import load_config
from realsyn_lib.sql_text import statements_of
from realsyn_lib.tables import ALL_TABLES
from tests.docs.pages import STAGE_PAGES, blocks_of

QUERIES = {
    f"{path.stem}-{number}": query
    for path in sorted(STAGE_PAGES.glob("*.md"))
    for number, query in enumerate(blocks_of(path, "sql"), start=1)
}


@pytest.fixture(scope="module")
def views(spark, demo_warehouse):
    """The session, with a view of every published table that a query names."""
    statements = [one for query in QUERIES.values() for one in statements_of(query)]
    named = tuple(
        table for table in ALL_TABLES if any(one.mentions(table.name) for one in statements)
    )
    create_views(open_warehouse(str(demo_warehouse), load_config("local")), named)
    return spark


@pytest.mark.spark
@pytest.mark.demo
@pytest.mark.parametrize("name", QUERIES)
def test_a_query_of_a_page_has_an_answer(name, views):
    assert views.sql(QUERIES[name]).limit(3).collect()
