"""A local session reaches S3 by the variables that Amazon's own tools read."""

import pytest

from jobs.session import is_on_s3, s3_settings

IMPLEMENTATION = {"spark.hadoop.fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem"}


@pytest.mark.parametrize(
    ("location", "is_s3"),
    [
        ("s3a://bucket/x", True),
        ("s3://bucket", True),
        ("/data/s3a", False),
        ("gs://b", False),
        ("", False),
    ],
)
def test_only_s3_needs_the_jars_of_s3(location, is_s3):
    assert is_on_s3(location) is is_s3


def test_amazons_own_store_needs_no_endpoint():
    assert s3_settings({"AWS_REGION": "eu-west-1"}) == {
        **IMPLEMENTATION, "spark.hadoop.fs.s3a.endpoint.region": "eu-west-1",
    }  # fmt: skip


def test_another_store_is_asked_by_path_and_without_tls_where_its_address_says_so():
    found = s3_settings({"AWS_ENDPOINT_URL": "http://127.0.0.1:9000", "AWS_DEFAULT_REGION": "here"})
    assert found == {
        **IMPLEMENTATION,
        "spark.hadoop.fs.s3a.endpoint": "http://127.0.0.1:9000",
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
        "spark.hadoop.fs.s3a.endpoint.region": "here",
    }
    tls = s3_settings({"AWS_ENDPOINT_URL_S3": "https://store", "AWS_ENDPOINT_URL": "http://other"})
    assert tls["spark.hadoop.fs.s3a.endpoint"] == "https://store"
    assert tls["spark.hadoop.fs.s3a.connection.ssl.enabled"] == "true"
