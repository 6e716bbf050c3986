"""Where open_clip finds an encoder: by name and tag, in a folder, or in a hub's repository."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from realsyn_lib.errors import ModelError
from realsyn_lib.models.open_clip_files import CHECKPOINTS, CONFIG_FILE, checkpoint_in
from realsyn_lib.models.registry import ModelReference
from realsyn_lib.models.source import FolderSource, HubSource, OpenClipSource

_READ = ("*.json", "*.txt", "*.model", "*.safetensors")  # of a hub's repository; *.bin if need be


@dataclass(frozen=True)
class OpenClipPlace:
    """What open_clip's functions are given: a name, and a tag or the path of a checkpoint.

    Without ``weights`` the name is ``local-dir:`` and a folder that holds everything; with them such a
    folder gives the architecture alone.
    """

    name: str
    weights: str | None

    @property
    def is_folder(self) -> bool:
        """Whether the architecture is told by a folder."""
        return self.name.startswith("local-dir:")

    @property
    def file(self) -> str | None:
        """The checkpoint, where it is known without open_clip's own search."""
        if self.weights is not None:
            return self.weights if Path(self.weights).is_file() else None
        folder = Path(self.name.removeprefix("local-dir:"))
        found = [file for kind in CHECKPOINTS for file in folder.glob(kind)]
        return str(found[0]) if self.is_folder and len(found) == 1 else None

    @classmethod
    def of(cls, name: str, reference: ModelReference) -> OpenClipPlace:
        """Return the place of a model of the registry; what a hub has is brought.

        Raises:
            ModelError: no checkpoint, no way to tell its architecture, or no network to bring it.
        """
        source = reference.source
        if isinstance(source, OpenClipSource):
            return cls(source.architecture, source.tag)
        if isinstance(source, HubSource):
            return cls(f"local-dir:{_brought(name, source)}", None)
        if not isinstance(source, FolderSource):
            raise ModelError(f"model {name}: open_clip cannot load source {source.kind}")
        checkpoint = checkpoint_in(name, source)
        if (Path(source.path) / CONFIG_FILE).is_file():
            return cls(f"local-dir:{source.path}", None)
        assert source.architecture is not None  # checkpoint_in has refused that
        return cls(source.architecture, str(checkpoint))


def _brought(name: str, source: HubSource) -> str:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        folder = snapshot_download(
            source.repository, revision=source.revision, allow_patterns=list(_READ)
        )
        if not any(Path(folder).glob("*.safetensors")):
            folder = snapshot_download(
                source.repository, revision=source.revision, allow_patterns=[*_READ, "*.bin"]
            )
    except (OSError, HfHubHTTPError) as error:
        raise ModelError(
            f"model {name}: {source.repository} cannot be brought ({' '.join(str(error).split())}); "
            "check its source in models.yaml and the network, or give a folder as its source"
        ) from error
    if not (Path(folder) / CONFIG_FILE).is_file():
        raise ModelError(f"model {name}: {source.repository} has no {CONFIG_FILE}")
    return str(folder)
