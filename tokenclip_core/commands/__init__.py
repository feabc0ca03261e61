"""The command line: one module a command, put together in `cli`.

Importing this package and any module in it imports neither torch nor Qt: commands import what they work with when they
run, so that `--help` and the window answer at once.
"""
