"""The distribution ``realsyn``: three packages, and conf, sql and samples as package data."""

import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
BUNDLED = ("conf", "sql", "samples")
VERSION = re.search(r'__version__ = "(.+?)"', (ROOT / "realsyn_lib/__init__.py").read_text()).group(
    1
)


class BuildWithBundledFiles(build_py):
    """Copies conf, sql and samples beside realsyn_lib, where ``resource_path`` finds them."""

    def run(self) -> None:
        """Build the packages, then add what they read."""
        super().run()
        if self.editable_mode:
            return
        for name in BUNDLED:
            target = Path(self.build_lib) / "realsyn_lib" / "bundled" / name
            shutil.copytree(ROOT / name, target, dirs_exist_ok=True)


setup(
    name="realsyn",
    version=VERSION,
    description="Interleaved web documents into image-text training data, on Spark and Delta",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11,<3.14",
    packages=find_packages(include=("realsyn_lib*", "udfs*", "jobs*")),
    package_data={"realsyn_lib.report": ["templates/*"], "realsyn_lib.view": ["templates/*"]},
    cmdclass={"build_py": BuildWithBundledFiles},
    entry_points={"console_scripts": ["realsyn = jobs.cli:main"]},
    install_requires=[
        "numpy>=1.26",
        "pyarrow>=18",
        "pyyaml>=6",
        "pydantic>=2.7",
        "jinja2>=3.1",
        "rich>=13",
        "emoji>=2.14",
        "selectolax>=0.4",
        "fastwarc>=2.0",
        "nltk>=3.9.1",
        "pillow>=11.3",
        "simplejpeg>=1.8",
        "scikit-learn>=1.5",
    ],
    extras_require={
        "local": ["pyspark==4.2.0", "delta-spark==4.4.0", "pandas>=2.2,<3"],
        "cpu": ["torch>=2.5", "open_clip_torch>=3", "timm>=1.0", "faiss-cpu>=1.9", *(
            "transformers>=4.50", "tokenizers>=0.21", "safetensors>=0.5", "gguf>=0.10", "xllamacpp"
        )],
        "gpu": ["torch>=2.5", "open_clip_torch>=3", "timm>=1.0", "faiss-gpu-cuvs>=1.13", *(
            "transformers>=4.50", "tokenizers>=0.21", "safetensors>=0.5"
        )],
        # what open_clip's own extra `training` names and its trainer imports
        "train": [
            "open_clip_torch>=3", "webdataset>=0.2.86,<0.2.87", "pandas>=2.2,<3", "braceexpand",
            "fsspec", "packaging",
        ],
        "text": ["spacy>=3.8,<4"],
        "scorers": ["py3langid>=0.4"],
        "vllm": ["vllm>=0.33,<0.34"],
        "view": ["starlette>=1.0", "uvicorn>=0.30", "deltalake>=1.0", "duckdb>=2"],
        "report": [
            "nbconvert>=7.16", "nbformat>=5.10", "ipykernel>=6.29", "matplotlib>=3.9",
            "deltalake>=1.0", "duckdb>=2",
        ],
        "docs": ["sphinx>=8.2", "myst-nb>=1.4", "furo>=2025.12.19"],
        "dev": [
            "pytest>=8", "hypothesis>=6", "ruff>=0.9", "mypy>=1.14", "types-PyYAML", "imagehash>=4.3",
            "spacy>=3.8,<4", "py3langid>=0.4", "scipy>=1.13", "deltalake>=1.0", "duckdb>=1.2",
            "webdataset>=0.2.86,<0.2.87", "mlcroissant>=1.1", "polars>=1.30", "playwright>=1.60",
            "axe-playwright-python>=0.1.8",
        ],
    },
)  # fmt: skip
