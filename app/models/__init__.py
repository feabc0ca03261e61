"""Choosing and loading models.

- controller: Switching the model: which ones there are, how they are loaded, and what happens when one can't be.
- menu: The tool bar's choice of a model.
"""
