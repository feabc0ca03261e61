"""Migrations of the store's tables, run by Alembic.

- env: Entry point of Alembic: migrates over the connection that it is given.
"""
