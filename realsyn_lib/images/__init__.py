"""Headers, pixels and hashes of images."""
