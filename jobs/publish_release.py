"""pairs, samples, images, image_bytes -> parquet and webdataset files of each tier."""

from jobs.export_tier import ExportSettings, Release, export_tier
from jobs.runtime import stage_main
from jobs.settings import child_limits
from jobs.stage import Stage
from realsyn_lib.tables import SAMPLES


def run(stage: Stage) -> None:
    """Export every tier in every format of the settings.

    Tiers lie inside one another, so the largest one is all pairs; one counts as kept where no
    format had to leave it out.
    """
    samples = stage.read(SAMPLES)
    tiers = {row["tier"]: row["count"] for row in samples.groupBy("tier").count().collect()}
    largest = max(tiers.values(), default=0)
    refused: dict[str, int] = {}
    settings = ExportSettings(stage.conf.release, stage.conf.images, child_limits(stage))
    for tier in sorted(tiers):
        for form in stage.conf.release.formats:
            stage.progress(f"exporting tier {tier} as {form}")
            place = stage.files("releases", tier, form)
            written = export_tier(Release(stage.read), tier, form, place, settings)
            stage.metrics[f"{tier}.{form}.rows"] = float(written.rows)
            if tiers[tier] == largest and written.refused:
                refused = written.refused
    kept = largest - sum(refused.values())
    outcomes: dict[str | None, int] = {None: kept}
    outcomes.update(refused)
    stage.account("pair", largest, outcomes)


def main() -> None:
    """spark-submit jobs/publish_release.py --env emr --warehouse s3://bucket/warehouse"""
    stage_main("publish_release")


if __name__ == "__main__":
    main()
