"""The models themselves, one file for each role and one for each way to load it."""
