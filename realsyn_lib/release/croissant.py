"""Croissant metadata of an export (mlcommons.org/croissant/1.0): which files, which columns."""

import json

import pyarrow as pa

from realsyn_lib.release.card import UNKNOWN_LICENCE, CardFacts
from realsyn_lib.release.records import RECORD_SCHEMA
from realsyn_lib.release.samples import SAMPLE_SCHEMA

_TYPES = {pa.string(): "sc:Text", pa.int32(): "sc:Integer", pa.int64(): "sc:Integer"}
_PARQUET, _TAR = "application/x-parquet", "application/x-tar"
_PAPER = "https://arxiv.org/abs/2502.12513"
_OWN_WORDS = (
    "citeAs", "column", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes",
    "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    **{word: f"cr:{word}" for word in _OWN_WORDS},
}


def croissant(facts: CardFacts) -> str:
    """Return ``croissant.json``, which holds names and counts, no texts.

    Its record set ``records`` reads the parquet files: those of the records, or the tables beside the
    shards, in which a sample that was left out has a ``status`` other than ``success``.
    """
    schema = RECORD_SCHEMA if facts.form == "parquet" else SAMPLE_SCHEMA
    told = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": f"RealSyn-{facts.tier}-{facts.form}",
        "description": f"{facts.rows} rows of tier {facts.tier} as {facts.form}: images of web pages with "
        "retrieved and synthetic texts.",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "citeAs": f"RealSyn, {_PAPER}",
        "license": facts.licence or UNKNOWN_LICENCE,
        "url": _PAPER,
        "version": facts.version,
        "distribution": _file_sets(facts.form),
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "records",
                "name": "records",
                "field": [_field(field) for field in schema],
            }
        ],
    }
    return json.dumps(told, indent=2, sort_keys=True) + "\n"


def _file_sets(form: str) -> list[dict[str, str]]:
    sets = [("tables", _PARQUET, "*.parquet")]
    if form == "webdataset":
        sets.append(("shards", _TAR, "*.tar"))
    return [
        {
            "@type": "cr:FileSet",
            "@id": name,
            "name": name,
            "encodingFormat": kind,
            "includes": files,
        }
        for name, kind, files in sets
    ]


def _field(field: pa.Field) -> dict[str, object]:
    return {
        "@type": "cr:Field",
        "@id": f"records/{field.name}",
        "name": field.name,
        "dataType": _TYPES[field.type],
        "source": {"fileSet": {"@id": "tables"}, "extract": {"column": field.name}},
    }
