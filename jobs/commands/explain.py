"""realsyn explain."""


def add_parser(subparsers):
    pass
