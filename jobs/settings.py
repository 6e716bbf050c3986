"""Settings as the small records that UDFs take."""

from jobs.stage import Stage
from realsyn_lib.config import BatchSettings, ImageSettings, ResourceSettings
from udfs.guarded_decode import ChildLimits
from udfs.worker_models import ModelUse

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
