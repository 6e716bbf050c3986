"""Taking out what its owner asked to be taken out: lists, mentions, records, shards, traces."""
