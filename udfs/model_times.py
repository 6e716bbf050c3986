"""Seconds spent inside models, for benchmarks: one line for each call in REALSYN_MODEL_TIMES."""

import functools
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FOLDER = "REALSYN_MODEL_TIMES"


def timed(model: Any, name: str) -> Any:
    """Return the model as it is, or, where the folder is named, one that logs its calls."""
    return _Timed(model, name) if os.environ.get(FOLDER) else model


@contextmanager
def logged(name: str, call: str) -> Iterator[None]:
    """Append model, call, start (Unix time) and seconds to this process's file, if asked for."""
    started, clock = time.time(), time.perf_counter()
    yield
    folder = os.environ.get(FOLDER)
    if folder:
        entry = {"model": name, "call": call, "at": started, "s": time.perf_counter() - clock}
        with (Path(folder) / f"{os.getpid()}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


class _Timed:
    """Passes everything on; what is callable is timed."""

    def __init__(self, model: Any, name: str) -> None:
        self._model, self._name = model, name

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._model, attribute)
        return self._logging(found, attribute) if callable(found) else found

    def _logging(self, function: Callable[..., Any], attribute: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*values: Any, **named: Any) -> Any:
            with logged(self._name, attribute):
                return function(*values, **named)

        return call
