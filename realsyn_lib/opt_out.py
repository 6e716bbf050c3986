"""Requests not to be used: does one of them name this address, document, file or text?"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from realsyn_lib.forget.mentions import addresses_in, digests_in, hosts_in, numbers_in

KINDS = ("url", "domain", "sha256", "phash", "document")


@dataclass(frozen=True)
class OptOut:
    """The requests, by kind; all but hashes of pictures are kept as SHA-256 (hex) of the value."""

    urls: frozenset[str] = field(default_factory=frozenset)
    domains: frozenset[str] = field(default_factory=frozenset)
    documents: frozenset[str] = field(default_factory=frozenset)
    sha256: frozenset[str] = field(default_factory=frozenset)
    phashes: frozenset[int] = field(default_factory=frozenset)

    @classmethod
    def of(cls, requests: Iterable[tuple[str, str | None, int | None]]) -> "OptOut":
        """Return the set of requests: kind, SHA-256 of the value, phash, as in the table."""
        rows = list(requests)

        def digests(kind: str) -> frozenset[str]:
            return frozenset(digest for of, digest, _ in rows if of == kind and digest)

        return cls(
            urls=digests("url"),
            domains=digests("domain"),
            documents=digests("document"),
            sha256=digests("sha256"),
            phashes=frozenset(phash for _, _, phash in rows if phash is not None),
        )

    def __bool__(self) -> bool:
        """Say whether there is any request."""
        return any((self.urls, self.domains, self.documents, self.sha256, self.phashes))

    def covers_url(self, url: str) -> bool:
        """Say whether a canonical URL, its host, or a domain above its host is named."""
        if self.urls and _digest(url) in self.urls:
            return True
        return bool(self.domains) and any(_digest(name) in self.domains for name in _domains(url))

    def covers_document(self, url: str) -> bool:
        """Say whether a page, by its canonical URL or its domain, is named."""
        return (bool(self.documents) and _digest(url) in self.documents) or self.covers_url(url)

    def names_in(self, text: str) -> bool:
        """Say whether a text holds a value that a request names: an address, a host, a digest.

        A value counts where it stands by itself: ``b.net`` is named by ``a.b.net``, not by ``ab.net``.
        """
        pages = self.urls or self.documents
        if pages and any(
            _digest(one) in self.urls or _digest(one) in self.documents
            for one in addresses_in(text)
        ):
            return True
        if self.domains and any(_digest(host) in self.domains for host in hosts_in(text)):
            return True
        if self.sha256 and any(one in self.sha256 for one in digests_in(text)):
            return True
        return bool(self.phashes) and any(one in self.phashes for one in numbers_in(text))


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()


def _domains(url: str) -> list[str]:
    """``a.b.example`` gives itself, ``b.example`` and ``example``; a local path gives none."""
    host = urlsplit(url).hostname if "://" in url else None
    parts = host.split(".") if host else []
    return [".".join(parts[start:]) for start in range(len(parts))]
