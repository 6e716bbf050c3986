"""Settings of the documentation's build; `make docs` runs it on the whole checkout.

Pages are the repository's own Markdown files and notebooks where they lie, so that a link is right here and
wherever the repository is browsed. Notebooks are shown with the outputs they are stored with.
"""

from realsyn_lib import __version__

project = "RealSyn"
author = "the RealSyn authors"
copyright = "the RealSyn authors, Apache-2.0"
release = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "docs/index"
include_patterns = [
    "*.md",
    "benchmarks/README.md",
    "deploy/*/README.md",
    "docs/*.md",
    "docs/api/*.md",
    "docs/stages/*.md",
    "notebooks/*.ipynb",
    "samples/README.md",
]
exclude_patterns = [".*", "build", "dist", "tests", "**/__pycache__", "*.egg-info"]

nb_execution_mode = "off"
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
default_role = "literal"
napoleon_google_docstring = True
napoleon_use_ivar = True  # autodoc lists an attribute already, with its type
napoleon_attr_annotations = False
napoleon_custom_sections = [("Source", "notes")]

html_theme = "furo"
html_title = f"RealSyn {release}"
html_extra_path = ["site"]
html_show_sphinx = False
html_copy_source = False
