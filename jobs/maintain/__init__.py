"""Upkeep of a warehouse: small files, files that nothing names any more, what dead runs left."""
