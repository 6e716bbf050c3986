"""Settings as the small records that UDFs take."""

from jobs.stage import Stage
from realsyn_lib.config import ResourceSettings
from udfs.guarded_decode import ChildLimits
from udfs.worker_models import ModelUse

_CHILD_MEMORY_BYTES = 2 * 2**30  # 64 Mpx in RGB, its transposed copy, and the interpreter


def child_limits(stage: Stage) -> ChildLimits:
    """Bounds of the decoding child."""
    return ChildLimits(
        stage.conf.images.decode_timeout_s, _CHILD_MEMORY_BYTES, stage.conf.batch.max_bytes
    )


def model_use(stage: Stage, role: str) -> ModelUse:
    """Return the model that the settings name for a role."""
    return use_of(getattr(stage.conf.models, role), stage.conf.resources)


def use_of(name: str, resources: ResourceSettings) -> ModelUse:
    """Return how tasks of these resources use a model."""
    return ModelUse(
        name, resources.threads_per_task, resources.torch_compile,
        resources.gpus_per_task, resources.cpus_per_gpu_task,
    )  # fmt: skip
