"""realsyn models."""


def add_parser(subparsers):
    pass
