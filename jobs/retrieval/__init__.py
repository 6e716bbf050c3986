"""Images meet sentences: blocks of clusters, the recall, how many clusters an image looks into."""
