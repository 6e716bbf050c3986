"""A list of pictures that are not to be used, by the SHA-256 of their bytes or by their phash."""

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from realsyn_lib.embeddings import Ids
from realsyn_lib.errors import SettingError

DIGEST_BYTES = 32
Digests = npt.NDArray[np.bytes_]


@dataclass(frozen=True)
class KnownHashes:
    """Both kinds in order: (n,) S32 digests, (m,) int64 phashes; 40 MB for a million of each."""

    sha256: Digests
    phashes: Ids

    def holds(self, sha256: Digests, phashes: Ids) -> npt.NDArray[np.bool_]:
        """Return which of n pictures are in the list, (n,) bool.

        Args:
            sha256: (n,) S32.
            phashes: (n,) int64.
        """
        return _among(sha256, self.sha256) | _among(phashes, self.phashes)


def parse_known_hashes(text: str, where: str) -> KnownHashes:
    """Read one hash a line: 64 hexadecimal digits are a SHA-256, 16 a phash.

    Only the first field of a line separated by commas counts; empty lines, lines that begin with
    ``#`` and a first line that is not hexadecimal (a header) are passed over.

    Raises:
        SettingError: another line is no hash; the text names it.
    """
    wholes, looks = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        field = line.partition(",")[0].strip().lower()
        if not field or field.startswith("#"):
            continue
        data = _bytes_of(field)
        if data is not None and len(data) == DIGEST_BYTES:
            wholes.append(data)
        elif data is not None and len(data) == 8:
            looks.append(int.from_bytes(data, "big", signed=True))
        elif number > 1 or data is not None:
            raise SettingError(
                f"{where}, line {number}: {field[:80]!r} is no hash; expected 64 hexadecimal digits "
                "(sha256) or 16 (phash)"
            )
    digests = np.array(wholes, dtype=f"S{DIGEST_BYTES}")
    return KnownHashes(np.unique(digests), np.unique(np.array(looks, dtype=np.int64)))


def array_file(values: np.ndarray) -> bytes:
    """Return an array as the bytes of a .npy file, which workers map."""
    target = io.BytesIO()
    np.save(target, values, allow_pickle=False)
    return target.getvalue()


def _bytes_of(field: str) -> bytes | None:
    try:
        return bytes.fromhex(field)
    except ValueError:
        return None


def _among(values: np.ndarray, known: np.ndarray) -> npt.NDArray[np.bool_]:
    if len(known) == 0:
        return np.zeros(len(values), np.bool_)
    places = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.asarray(known[places] == values)
