"""One module a migration.

- m0001_first: The first tables.
- m0002_size_scores: The score at each size of regions.
"""
