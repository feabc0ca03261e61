"""Choosing and loading models.

- controller: The tool bar's choice of a model, and what is said of models that are loaded or can't be.
- conversion: A model that is not converted yet runs in torch at once; it is converted behind everything else, and then
  quicker.
- menu: The tool bar's choice of a model.
- state: The model in use: which ones there are, which is loaded or on its way, and what became of it.
"""
