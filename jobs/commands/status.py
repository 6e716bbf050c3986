"""realsyn status."""


def add_parser(subparsers):
    pass
