"""Checks of a warehouse against its own declarations and accounts; nothing is changed."""
