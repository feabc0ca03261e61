"""One module a migration.

- m0001_first: The first tables.
"""
