"""realsyn demo."""


def add_parser(subparsers):
    pass
