"""Into how many parts a search is cut so that a task holds one."""

_MOST_PARTS = 2**15


def search_parts(count: int, bytes_each: int, block_bytes: int) -> int:
    """Return the power of two that cuts so many entries into blocks of at most so many bytes.

    Args:
        count: entries.
        bytes_each: of an entry in a task, copies included.
        block_bytes: of one block.
    """
    needed = -(-count * bytes_each // block_bytes)
    return min(1 << max(needed - 1, 0).bit_length(), _MOST_PARTS)
