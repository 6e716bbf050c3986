"""Freed memory goes back to the system."""

import ctypes
import subprocess
import sys

import pytest

# Blocks below the last one, which stays: so the C library does not give them back by itself.
_SCRIPT = """
import ctypes
from udfs.freed_memory import give_back
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
def resident():
    return int(open('/proc/self/statm').read().split()[1]) * 4096
blocks = [libc.malloc(65536) for _ in range(1000)]
for block in blocks:
    ctypes.memset(ctypes.c_void_p(block), 1, 65536)
for block in blocks[:-1]:
    libc.free(block)
before = resident()
give_back()
print(before - resident())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="no glibc")
def test_what_was_freed_leaves_the_process():
    ran = subprocess.run(
        [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) > 50 * 2**20
