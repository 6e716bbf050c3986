"""What pages are made of: opened once, shared by all requests, closed at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from jobs.published_files import PublishedFiles
from jobs.view.documents import Documents
from jobs.view.fates import Fates
from jobs.view.groups import Groups
from jobs.view.pictures import Pictures
from jobs.view.queries import Queries
from jobs.view.run_encoder import RunEncoder
from jobs.view.search import Search
from jobs.view.stories import Stories
from jobs.view.thresholds import Thresholds
from jobs.view.vectors import IMAGES, VectorStore
from realsyn_lib.config import Config
from realsyn_lib.view.render import Pages

_SEARCH_THREADS = 2


@dataclass(frozen=True)
class Site:
    """Everything that handlers ask."""

    published: PublishedFiles
    queries: Queries
    pages: Pages
    pictures: Pictures
    search: Search
    stories: Stories
    documents: Documents
    groups: Groups
    thresholds: Thresholds


@contextmanager
def open_site(published: PublishedFiles, config: Config, cache: Path) -> Iterator[Site]:
    """Open a site; the encoder and the image vectors get ready in threads of their own."""
    queries = Queries(published)
    fates = Fates(published, queries)
    encoder = RunEncoder(published.runs.get("embed_images"), config)
    store = VectorStore(published, cache)
    if published.has(IMAGES.table):
        store.ask(IMAGES)
    pictures = Pictures(queries, config)
    try:
        yield Site(
            published, queries, Pages(), pictures,
            Search(encoder, store, fates, _SEARCH_THREADS, Lock()),
            Stories(queries, fates),
            Documents(queries, fates),
            Groups(queries, fates),
            Thresholds(published, queries, fates, config),
        )  # fmt: skip
    finally:
        pictures.close()
        store.close()
        encoder.close()
