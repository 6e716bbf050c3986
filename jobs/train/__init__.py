"""realsyn train: what is checked and found out before open_clip trains, and its start."""
