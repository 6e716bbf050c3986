"""The file of a takedown, named on the command line."""

from realsyn_lib.errors import InputError
from realsyn_lib.files import open_file_system, read_bytes
from realsyn_lib.forget.requests import MAX_LIST_BYTES, Request, parse_list


def read_list(place: str) -> list[Request]:
    """Read the requests of a list.

    Raises:
        InputError: there is no such file, it is too large, or a line of it is wrong.
    """
    system, path = open_file_system(place)
    info = system.get_file_info(path)
    if info.size is not None and info.size > MAX_LIST_BYTES:
        raise InputError(
            f"--list {place}: {info.size} bytes, expected at most {MAX_LIST_BYTES}; cut it in parts"
        )
    data = read_bytes(place)
    if data is None:
        raise InputError(
            f"--list {place}: there is no such file, expected CSV: kind,value[,reason]"
        )
    return parse_list(data, f"--list {place}")
