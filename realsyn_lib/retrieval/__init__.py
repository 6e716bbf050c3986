"""Clusters of sentences and exact search inside them."""
