"""realsyn doctor: what is missing is named with its fix, and the rest is still looked at."""

import pytest

from jobs.doctor import packages
from jobs.doctor.checks import Check, run_checks
from jobs.doctor.machine import check_warehouse
from jobs.doctor.packages import check_package
from jobs.session import check_java
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
def test_a_package_of_another_version_is_named_with_what_is_expected(monkeypatch, lowest, below):
    monkeypatch.setitem(packages.PACKAGES, "pyarrow", (lowest, below, "local"))
    with pytest.raises(EnvironmentFault, match=r"expected from .*realsyn\[local\]"):
        check_package("pyarrow")


def test_a_package_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setitem(packages.PACKAGES, "no-such-package-here", ("1", None, "cpu"))
    with pytest.raises(EnvironmentFault, match="not installed"):
        check_package("no-such-package-here")


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
