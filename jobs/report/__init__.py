"""Gathers what the report of a warehouse says, bounded whatever the warehouse's size."""
