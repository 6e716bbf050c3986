"""Freed memory that the C library keeps for later."""

import ctypes


def give_back() -> None:
    """Return it to the system, where the C library knows how; others keep it."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
