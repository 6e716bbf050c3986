"""Published records and training shards."""
