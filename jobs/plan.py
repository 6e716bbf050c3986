"""Which stages run, in which order, and the function that does each one's work."""

from importlib import import_module

from jobs.inputs import InputFiles, InputSpec, list_inputs, picture_column, remember_inputs
from jobs.names import REPORT
from jobs.opt_out_table import opt_out_version
from jobs.published import Published
from jobs.report.build import is_drawn, write_report
from jobs.runner import Runner, Work
from realsyn_lib.stages import StageSpec

READS_INPUT = ("extract_documents", "fetch_images")
HONOURS_OPT_OUT = (*READS_INPUT, "filter_images")


def work_of(spec: StageSpec) -> Work:
    """Return ``run`` of the stage's own module."""
    work: Work = import_module(f"jobs.{spec.name}").run
    return work


def run_stages(runner: Runner, specs: list[StageSpec]) -> int:
    """Run the stages in order; return how many had anything to do."""
    runner.begin()
    ran = sum(_run_one(runner, spec) for spec in specs)
    if specs[-1].name == "assess_release":
        with runner.faults_told(REPORT):
            _draw_report(runner, ran > 0)
    return ran


def _run_one(runner: Runner, spec: StageSpec) -> bool:
    """Run a stage if it is due; an input is remembered as soon as its documents are accepted.

    One that was refused, or that another run kept out, must not be what later stages read.
    """
    has_run = runner.run(spec, work_of(spec), outside_versions(runner, spec))
    if spec.name == "extract_documents":
        remember_inputs(runner.warehouse.files, runner.inputs)
    return has_run


def _draw_report(runner: Runner, has_run: bool) -> None:
    """Write report.html where a stage has run, or one had whose run did not come to its report."""
    published = Published(runner.warehouse, runner.ledger, runner.config)
    if has_run or not is_drawn(published):
        write_report(published, f"{runner.warehouse.files}/{REPORT}")


def tell_plan(runner: Runner, specs: list[StageSpec]) -> None:
    """Print for each stage what it reads and writes and whether, and why, it would run.

    A stage counts as due once one before it is: its inputs will then be others.
    """
    due: list[str] = []
    for number, spec in enumerate(specs, start=1):
        outside = outside_versions(runner, spec)
        due = runner.causes(spec, outside) or (["after an earlier stage"] if due else [])
        reads, writes = ", ".join(spec.reads) or "the input", ", ".join(spec.writes) or "files"
        state = f"would run ({', '.join(due)})" if due else "up to date"
        print(f"[{number:2d}/{len(specs)}] {spec.name}: {state}; {reads} -> {writes}")


def outside_versions(runner: Runner, spec: StageSpec) -> dict[str, int]:
    """Fingerprints of what a stage reads beside other stages' tables."""
    listing = runner.listing
    asked = opt_out_version(runner.ledger) if spec.name in HONOURS_OPT_OUT else {}
    if listing is None or spec.name not in READS_INPUT:
        return asked
    if spec.name == "extract_documents":
        return listing.fingerprints() | asked
    column = picture_column(runner.config, listing.format)
    return listing.image_fingerprints(column) | asked


def input_listing(inputs: InputSpec, specs: list[StageSpec]) -> InputFiles | None:
    """List the input where a stage reads it and its place is known."""
    needed = any(spec.name in READS_INPUT for spec in specs)
    return list_inputs(inputs) if needed and inputs.paths else None
