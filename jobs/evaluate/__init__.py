"""realsyn evaluate: a model, benchmark sets, tasks on them, and what came out."""
