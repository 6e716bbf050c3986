"""From exported shards to the training of a CLIP: recipe, sizes, command, and the draw of a text."""
