"""One module for each subcommand of ``realsyn``."""
