"""realsyn report."""


def add_parser(subparsers):
    pass
