"""Addresses are dealt to tasks by host, large hosts over several, files by their id."""

from collections import Counter, defaultdict

import pytest
from pyspark.sql.functions import spark_partition_id

from jobs.deal_hosts import plan_deal

pytestmark = [pytest.mark.wide, pytest.mark.spark]


@pytest.fixture(scope="module")
def dealt(spark):
    """Forty hosts of ten rows, one of 400, 200 files: the plan, and (task, url) of each row."""
    urls = [f"https://host{n % 40}.example/{n}.jpg" for n in range(400)]
    urls += [f"http://large.example:8080/{n}.jpg" for n in range(400)]
    urls += [f"media/{n}.jpg" for n in range(200)]
    wanted = spark.createDataFrame(list(enumerate(urls)), "image_id bigint, url string")
    plan = plan_deal(wanted, rows=1000, tasks=5, per_host=3)
    rows = plan.deal(wanted).select(spark_partition_id().alias("task"), "url").collect()
    return plan, [(row.task, row.url) for row in rows]


def tasks_of(rows, part: str) -> Counter[int]:
    return Counter(task for task, url in rows if part in url)


def test_every_row_is_dealt_once(dealt):
    plan, rows = dealt
    assert (len(rows), len({url for _, url in rows})) == (1000, 1000)
    assert len(set(plan.keys)) == plan.tasks == 5


def test_a_host_of_few_rows_goes_to_one_task(dealt):
    of_host = defaultdict(set)
    for task, url in dealt[1]:
        if "host" in url:
            of_host[url.split("/")[2]].add(task)
    assert len(of_host) == 40 and {len(tasks) for tasks in of_host.values()} == {1}
    assert len({min(tasks) for tasks in of_host.values()}) > 2


def test_a_host_of_many_rows_goes_to_as_many_tasks_as_it_may_have_connections(dealt):
    plan, rows = dealt
    assert plan.lanes == {"large.example:8080": 3}
    counts = tasks_of(rows, "large.example")
    assert len(counts) == 3 and min(counts.values()) > 100


def test_files_are_spread_over_all_tasks(dealt):
    counts = tasks_of(dealt[1], "media/")
    assert len(counts) == 5 and min(counts.values()) > 20


def test_the_digest_tells_plans_apart_that_deal_otherwise(spark, dealt):
    wanted = spark.createDataFrame([(1, "https://a.example/1.jpg")], "image_id bigint, url string")
    plans = [plan_deal(wanted, 1, tasks, 3) for tasks in (5, 5, 4)]
    assert plans[0].digest == plans[1].digest
    assert len({plan.digest for plan in (*plans, dealt[0])}) == 3
