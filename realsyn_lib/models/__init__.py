"""Models by name: the registry, the cache of fetched files, shapes of model calls."""
