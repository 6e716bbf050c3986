"""The report of a warehouse: what it says (content) and how it looks (render)."""
