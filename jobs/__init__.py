"""Stages, the run machinery and the command line."""
