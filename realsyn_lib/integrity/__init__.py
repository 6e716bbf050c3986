"""Is a file what was written: checksums beside it, in it, or in a list."""
