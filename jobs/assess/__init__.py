"""Assessment of pairs: one measure a file, each a function of DataFrames."""
