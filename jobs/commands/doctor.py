"""realsyn doctor."""


def add_parser(subparsers):
    pass
