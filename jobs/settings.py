"""Settings as the small records that UDFs take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from realsyn_lib.config import BatchSettings, Config, ImageSettings, ResourceSettings
from realsyn_lib.fetch.rules import FetchRules
from udfs.guarded_decode import ChildLimits
from udfs.worker_models import ModelUse

if TYPE_CHECKING:  # what a stage needs takes seconds to load, which who looks need not wait for
    from jobs.stage import Stage
    from jobs.stage_settings import StageSettings

_CHILD_MEMORY_BYTES = 2 * 2**30  # 64 Mpx in RGB, its transposed copy, and the interpreter


def child_limits(stage: Stage) -> ChildLimits:
    """Bounds of the decoding child."""
    return limits_of(stage.conf.images, stage.conf.batch)


def limits_of(images: ImageSettings, batch: BatchSettings) -> ChildLimits:
    """Bounds of the decoding child under these settings."""
    return ChildLimits(images.decode_timeout_s, _CHILD_MEMORY_BYTES, batch.max_bytes)


def model_use(stage: Stage, role: str) -> ModelUse:
    """Return the model that the settings name for a role."""
    return use_of(getattr(stage.conf.models, role), stage.conf.resources)


def use_of(name: str, resources: ResourceSettings) -> ModelUse:
    """Return how tasks of these resources use a model."""
    return ModelUse(
        name, resources.threads_per_task, resources.torch_compile,
        resources.gpus_per_task, resources.cpus_per_gpu_task,
    )  # fmt: skip


def fetch_rules(settings: Config | StageSettings) -> FetchRules:
    """Return the limits that the settings name for fetching."""
    fetch, resources = settings.fetch, settings.resources
    return FetchRules(
        deadline_s=fetch.deadline_s,
        max_body_bytes=fetch.max_body_bytes,
        max_redirects=fetch.max_redirects,
        retries=fetch.retries,
        backoff_s=fetch.backoff_s,
        user_agent=fetch.user_agent,
        allow_hosts=tuple(fetch.allow_hosts),
        max_batch_bytes=settings.batch.max_bytes,
        breaker_failures=fetch.breaker_failures,
        robots=fetch.robots,
        refused_directives=frozenset(word.lower() for word in fetch.refused_directives),
        tdm_reservation=fetch.tdm_reservation,
        min_side_px=fetch.min_side_px,
        max_aspect_ratio=fetch.max_aspect_ratio,
        in_flight=resources.fetches_in_flight,
        per_host=resources.fetches_per_host,
        host_delay_s=resources.fetch_host_delay_s,
        dns_s=resources.fetch_dns_s,
        room_bytes=settings.batch.fetch_bytes,
    )
