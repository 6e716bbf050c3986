"""Properties hold for all inputs; the machine may be as slow as it likes."""

from hypothesis import settings

settings.register_profile("properties", deadline=None, max_examples=100, derandomize=True)
settings.load_profile("properties")
