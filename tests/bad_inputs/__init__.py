"""Inputs that a crawl brings and no parser likes, made by code, each with the one outcome that it must have.

``pictures`` and ``pages`` are files, ``rows`` are rows of OBELICS, ``lines`` those of MMC4, ``records`` those
of web archives. An outcome is a word of ``realsyn_lib.reasons``, or ``KEPT``.
"""

KEPT = "kept"
