"""Tricks of the process that the window needs.

- garbage: Cyclic garbage: when it is collected, in which thread, and among what; no Qt.
- heavy_imports: Importing torch and loading a model in a thread without stopping the others.
- prepare: What the window does to its process before Qt is imported, in one order.
- source_look_ups: Importing modules without reading their source texts.
"""
