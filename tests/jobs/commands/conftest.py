"""Runs a command in this process, in the shared session."""

import pytest

from jobs.cli import main


@pytest.fixture
def run_command(capsys):
    """Return a function: arguments -> (exit code, standard output, standard error)."""

    def run(*argv):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(part) for part in argv])
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    return run


@pytest.fixture
def realsyn(spark, run_command):
    """Return that function for commands that use Spark."""
    return run_command
