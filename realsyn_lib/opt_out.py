"""Requests not to be used: does one of them name this address, document or file?"""

import hashlib
from dataclasses import dataclass, field
from urllib.parse import urlsplit

KINDS = ("url", "domain", "sha256", "phash", "document")


@dataclass(frozen=True)
class OptOut:
    """The requests, by kind; all but hashes of pictures are kept as SHA-256 (hex) of the value."""

    urls: frozenset[str] = field(default_factory=frozenset)
    domains: frozenset[str] = field(default_factory=frozenset)
    documents: frozenset[str] = field(default_factory=frozenset)
    sha256: frozenset[str] = field(default_factory=frozenset)
    phashes: frozenset[int] = field(default_factory=frozenset)

    def covers_url(self, url: str) -> bool:
        """Say whether a canonical URL, its host, or a domain above its host is named."""
        if self.urls and _digest(url) in self.urls:
            return True
        return bool(self.domains) and any(_digest(name) in self.domains for name in _domains(url))

    def covers_document(self, url: str) -> bool:
        """Say whether a page, by its canonical URL or its domain, is named."""
        return (bool(self.documents) and _digest(url) in self.documents) or self.covers_url(url)


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()


def _domains(url: str) -> list[str]:
    """``a.b.example`` gives itself, ``b.example`` and ``example``; a local path gives none."""
    host = urlsplit(url).hostname if "://" in url else None
    parts = host.split(".") if host else []
    return [".".join(parts[start:]) for start in range(len(parts))]
