"""Input formats: files and rows of the web -> documents."""
