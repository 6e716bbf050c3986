"""The pages of `realsyn view`: who may see them, what they say, how they look."""
