"""Checks of the machine, each with the fix for what it finds."""
