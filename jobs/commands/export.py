"""realsyn export."""


def add_parser(subparsers):
    pass
