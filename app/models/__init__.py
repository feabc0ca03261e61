"""Choosing and loading models.

- controller: The tool bar's choice of a model, and what is said of models that are loaded or can't be.
- menu: The tool bar's choice of a model.
- state: The model in use: which ones there are, which is loaded or on its way, and what became of it.
"""
