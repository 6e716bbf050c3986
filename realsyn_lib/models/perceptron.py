"""The averaged perceptron's weights, from a pickle that is read but never executed.

``pickle`` would run whatever the file names. This reader walks the opcodes and knows only those
that build dicts, lists, tuples, sets, strings and floats; any other opcode is refused.
"""

from __future__ import annotations

import json
import pickletools
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

from realsyn_lib.errors import ModelError

SOURCE_FILE = "perceptron.pickle"
TARGET_FILE = "perceptron.json"
MAX_DEPTH = 1_000_000  # values on the stack at once

_MARK = object()
_SET = object()  # stands for the one name that may be called
_SET_NAMES = {"__builtin__ set", "builtins set"}


class _Stack:
    """The stack and memo of a pickle machine that can only build plain data."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.memo: dict[int, Any] = {}

    def push(self, value: Any) -> None:
        if len(self.values) >= MAX_DEPTH:
            raise ModelError(f"pickle: more than {MAX_DEPTH} values at once")
        self.values.append(value)

    def pop_to_mark(self) -> list[Any]:
        items: list[Any] = []
        while (top := self.values.pop()) is not _MARK:
            items.append(top)
        return items[::-1]

    def tuple_of(self, count: int) -> None:
        items = tuple(self.values[-count:])
        del self.values[-count:]
        self.push(items)


def _set_items(stack: _Stack, _: Any) -> None:
    items = stack.pop_to_mark()
    stack.values[-1].update(zip(items[::2], items[1::2], strict=True))


def _set_item(stack: _Stack, _: Any) -> None:
    value, key = stack.values.pop(), stack.values.pop()
    stack.values[-1][key] = value


def _name(stack: _Stack, name: str) -> None:
    if name not in _SET_NAMES:
        raise ModelError(f"pickle: asks for {name!r}; only plain data is read")
    stack.push(_SET)


def _reduce(stack: _Stack, _: Any) -> None:
    arguments, function = stack.values.pop(), stack.values.pop()
    if function is not _SET or len(arguments) != 1:
        raise ModelError("pickle: calls something other than set(list); only plain data is read")
    members: list[Hashable] = arguments[0]
    stack.push(set(members))


_OPERATIONS: dict[str, Callable[[_Stack, Any], None]] = {
    "PROTO": lambda stack, _: None,
    "MARK": lambda stack, _: stack.push(_MARK),
    "EMPTY_DICT": lambda stack, _: stack.push({}),
    "EMPTY_LIST": lambda stack, _: stack.push([]),
    "SHORT_BINSTRING": lambda stack, text: stack.push(text),
    "BINUNICODE": lambda stack, text: stack.push(text),
    "BINFLOAT": lambda stack, number: stack.push(number),
    "BINPUT": lambda stack, key: stack.memo.__setitem__(key, stack.values[-1]),
    "LONG_BINPUT": lambda stack, key: stack.memo.__setitem__(key, stack.values[-1]),
    "BINGET": lambda stack, key: stack.push(stack.memo[key]),
    "LONG_BINGET": lambda stack, key: stack.push(stack.memo[key]),
    "SETITEM": _set_item,
    "SETITEMS": _set_items,
    "APPENDS": lambda stack, _: _append(stack, stack.pop_to_mark()),
    "TUPLE1": lambda stack, _: stack.tuple_of(1),
    "TUPLE2": lambda stack, _: stack.tuple_of(2),
    "TUPLE3": lambda stack, _: stack.tuple_of(3),
    "GLOBAL": _name,
    "REDUCE": _reduce,
}


def _append(stack: _Stack, items: list[Any]) -> None:
    stack.values[-1].extend(items)


def read_plain_pickle(data: bytes) -> Any:
    """Return the dicts, lists, tuples, sets, strings and floats that a pickle describes.

    Raises:
        ModelError: an opcode or a name beyond those, or a stream that is cut or malformed.
    """
    stack = _Stack()
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if opcode.name == "STOP":
                return stack.values.pop()
            if opcode.name not in _OPERATIONS:
                raise ModelError(
                    f"pickle: opcode {opcode.name} is refused; only plain data is read"
                )
            _OPERATIONS[opcode.name](stack, argument)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"pickle: malformed: {error}") from error
    raise ModelError("pickle: the stream ends without STOP")


def convert_perceptron(folder: Path) -> None:
    """Replace the perceptron's pickle in ``folder`` by JSON.

    The JSON object has ``weights`` (feature -> tag -> weight), ``tags`` (frequent word -> its one
    tag) and ``classes`` (all tags, sorted).

    Raises:
        ModelError: the pickle is not the three objects a perceptron tagger saves.
    """
    source = folder / SOURCE_FILE
    loaded = read_plain_pickle(source.read_bytes())
    if not isinstance(loaded, tuple) or [type(part) for part in loaded] != [dict, dict, set]:
        raise ModelError(f"{source}: expected (weights, tags, classes) as dict, dict, set")
    weights, tags, classes = loaded
    content = {"weights": weights, "tags": tags, "classes": sorted(classes)}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    (folder / TARGET_FILE).write_text(text, encoding="utf-8")
    source.unlink()
