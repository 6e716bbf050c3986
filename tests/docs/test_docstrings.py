"""Public docstrings of realsyn_lib are reStructuredText that `make docs` can print."""

import inspect
import io
import runpy
from collections.abc import Iterator
from importlib import import_module

import pytest
from docutils.core import publish_doctree
from sphinx.ext.napoleon import Config, GoogleDocstring

from tests.docs.pages import ROOT

PACKAGES = runpy.run_path(str(ROOT / "docs/make_api.py"))["packages"]()
NAPOLEON = Config(
    napoleon_use_ivar=True,
    napoleon_attr_annotations=False,
    napoleon_custom_sections=[("Source", "notes")],
)
FROM_WARNINGS = {"report_level": 2, "halt_level": 5, "_disable_config": True}


def complaints(docstring: str) -> str:
    """What docutils says of a docstring, as Sphinx would hand it over."""
    text = ".. default-role:: literal\n\n" + str(GoogleDocstring(docstring, NAPOLEON))
    stream = io.StringIO()
    publish_doctree(text, settings_overrides={**FROM_WARNINGS, "warning_stream": stream})
    return stream.getvalue()


def docstrings_of(module_name: str) -> Iterator[tuple[str, str]]:
    """Docstrings of a module, its public functions and classes, and their public methods."""
    module = import_module(module_name)
    yield module_name, module.__doc__ or ""
    for name, found in vars(module).items():
        if name.startswith("_") or getattr(found, "__module__", None) != module_name:
            continue
        yield f"{module_name}.{name}", inspect.getdoc(found) or ""
        if inspect.isclass(found):
            for method, one in vars(found).items():
                if not method.startswith("_") and inspect.isroutine(getattr(found, method)):
                    yield f"{module_name}.{name}.{method}", inspect.getdoc(one) or ""


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_the_docstrings_of_a_package_are_sound(package):
    found = [pair for module in PACKAGES[package] for pair in docstrings_of(module)]
    assert len(found) > len(PACKAGES[package])
    wrong = {name: said for name, text in found if (said := complaints(text))}
    assert not wrong


def test_a_docstring_that_would_end_the_build_is_noticed():
    assert complaints("Return |x - y| of two rows.")
    assert complaints("Rows:\n\n    side: px\n        more\n    and less")
    assert not complaints("Return ``|x - y|``.\n\nArgs:\n    x: a row.\n\nSource: a paper.")
