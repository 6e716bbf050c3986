"""realsyn sql."""


def add_parser(subparsers):
    pass
