"""Thin Spark functions around realsyn_lib and models."""
