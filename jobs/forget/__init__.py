"""`realsyn forget`: what a list names leaves every table and file of a warehouse."""
