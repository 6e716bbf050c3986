"""realsyn verify."""


def add_parser(subparsers):
    pass
