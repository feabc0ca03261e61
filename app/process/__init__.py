"""Tricks of the process that the window needs.

- garbage: Cyclic garbage: when it is collected, in which thread, and among what; no Qt.
- heavy_imports: Importing torch and loading a model in a thread without stopping the others.
- lasting_booleans: Keeps `True` and `False` alive under PySide 6.12 and Python 3.11.
"""
