"""The errors this project raises on purpose, each with the exit code of its kind.

A message says where, what was got, what was expected and what to do. A bad row is not an
error: it is data with a reason (``realsyn_lib.reasons``).
"""


class RealSynError(Exception):
    """Base of all deliberate errors; ``exit_code`` is what the process ends with."""

    exit_code = 1


class SettingError(RealSynError):
    """A setting, flag or stage name that is unknown, of the wrong type or out of range."""

    exit_code = 2


class InputError(RealSynError):
    """An input folder, file or format that cannot be read as what it was said to be."""

    exit_code = 2


class ContractError(RealSynError):
    """A table that does not match its declaration in ``realsyn_lib.tables``."""

    exit_code = 2


class ModelError(RealSynError):
    """A model that is missing, has a wrong digest or a width that does not fit."""

    exit_code = 2


class EnvironmentFault(RealSynError):
    """The machine lacks something: Java, jars, network, disk space, permission."""

    exit_code = 2


class ShapeError(RealSynError):
    """Arrays whose shapes do not fit together."""

    exit_code = 2


class GateError(RealSynError):
    """A quality gate: an empty result, or too large a share in quarantine."""

    exit_code = 3


class LockedError(RealSynError):
    """A table of this stage is being written by another run."""

    exit_code = 4
