"""Near pairs, their components, and the member that is kept."""
