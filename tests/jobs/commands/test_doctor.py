"""realsyn doctor: what is missing is named with its fix, and the rest is still looked at."""

import pytest

from jobs.doctor.checks import Check, checks_of, run_checks
from jobs.doctor.machine import check_warehouse
from jobs.doctor.packages import LOCAL, Wanted, check_package, wanted_packages
from jobs.session import check_java
from realsyn_lib.config import load_config
from realsyn_lib.errors import EnvironmentFault


def broken():
    raise EnvironmentFault("it is broken; mend it")


def test_a_failure_does_not_stop_the_others_but_what_stands_on_it():
    checks = [
        Check("a", broken),
        Check("b", lambda: "fine"),
        Check("c", lambda: "never", needs=("a",)),
        Check("d", lambda: "never", needs=("c",)),
    ]
    found = [(result.state, result.text) for result in run_checks(checks)]
    assert found == [
        ("FAIL", "it is broken; mend it"),
        ("ok", "fine"),
        ("skip", "needs a"),
        ("skip", "needs c"),
    ]


def test_a_missing_java_is_named_with_the_package_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EnvironmentFault, match="install Java 17"):
        check_java()


def test_a_java_that_is_too_old_is_named_by_its_version(monkeypatch, tmp_path):
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'openjdk version \"1.8.0_392\"' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EnvironmentFault, match=r"1\.8\.0_392.*too old"):
        check_java()


@pytest.mark.parametrize(("lowest", "below"), [("999", None), ("0.1", "1")])
def test_a_package_of_another_version_is_named_with_what_is_expected(lowest, below):
    with pytest.raises(EnvironmentFault, match=r"^pyarrow is .*, expected from .*; mend it$"):
        check_package("pyarrow", Wanted(lowest, below, "mend it"))


def test_a_package_that_is_not_there_is_named():
    with pytest.raises(EnvironmentFault, match=r"^no-such-package-here is not installed; mend it$"):
        check_package("no-such-package-here", Wanted("1", None, "mend it"))


def test_what_is_missing_is_installed_from_the_checkout():
    assert {wanted.fix for wanted in LOCAL.values()} == {
        "in the checkout run `make setup`, or `pip install '.[local,cpu]'`"
    }


@pytest.mark.parametrize(
    ("env", "version", "fits"),
    [
        ("local", "4.0.2", False),
        ("local", "4.2.0", True),
        ("local", "4.3.0", False),
        ("databricks", "3.5.6", False),
        ("databricks", "4.0.0", True),
        ("emr", "4.0.2-amzn-0", True),
        ("emr", "4.3.0", True),
    ],
)
def test_a_cluster_may_have_any_spark_from_4_0_on(env, version, fits, monkeypatch):
    monkeypatch.setattr("pyspark.__version__", version)
    wanted = wanted_packages(load_config(env))["pyspark"]
    if fits:
        assert check_package("pyspark", wanted) == version
    else:
        with pytest.raises(EnvironmentFault, match=f"pyspark is {version}, expected from 4"):
            check_package("pyspark", wanted)


def test_a_clusters_delta_is_proven_by_a_table_not_by_a_package():
    names = [check.name for check in checks_of(load_config("emr"), None)]
    assert "delta-spark" not in names and "Delta" in names
    assert "delta-spark" in [check.name for check in checks_of(load_config("local"), None)]


def test_a_warehouse_below_a_file_is_refused(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(EnvironmentFault, match="is no folder"):
        check_warehouse(str(file))


def test_a_warehouse_that_is_not_there_yet_is_judged_by_its_parent(tmp_path):
    assert check_warehouse(str(tmp_path / "a" / "b")).startswith(f"{tmp_path}, ")


@pytest.mark.spark
@pytest.mark.models
def test_a_machine_that_runs_these_tests_passes(realsyn, models, tmp_path):
    code, out, _err = realsyn("doctor", "--warehouse", tmp_path)
    states = {line.split()[0] for line in out.splitlines()[:-1]}
    assert (code, states) == (0, {"ok"})
