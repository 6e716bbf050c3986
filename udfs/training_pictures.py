"""Image files -> pictures of training samples, decoded in the guarded child."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

from realsyn_lib.release.picture import Picture, PictureRules, kept_picture
from udfs.guarded_decode import ChildLimits, Reply, resident_decoder


def training_pictures(
    rules: PictureRules, limits: ChildLimits
) -> Callable[[Sequence[memoryview]], list[Picture]]:
    """Return a function that makes the pictures of some files, in order.

    What keeps its coded pixels (``skip_reencode``) is cut to its picture here, where no decoder
    touches it; the rest goes through the child.
    """

    def make(files: Sequence[memoryview]) -> list[Picture]:
        made = [kept_picture(file, rules) for file in files]
        rest = [place for place, picture in enumerate(made) if picture is None]
        if rest:
            decoder = resident_decoder("picture", asdict(rules), limits)
            for place, reply in zip(rest, decoder.run([files[at] for at in rest]), strict=True):
                made[place] = _picture(reply)
        return [picture for picture in made if picture is not None]

    return make


def _picture(reply: Reply) -> Picture:
    values = reply.values
    if values["reason"] is not None:
        return Picture(None, reason=values["reason"])
    height_px, width_px = values["shape"]
    return Picture(reply.payload, width_px, height_px, values["width_px"], values["height_px"])
