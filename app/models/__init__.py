"""Choosing and loading models.

- controller: The tool bar's choice of a model, and what is said of models that are loaded or can't be.
- conversion: A model that is not converted yet runs in torch at once; it is converted behind everything else, and then
  quicker.
- inventory: Which models there are and could be, and what is known of them; no Qt.
- managing: Fills the page of the models: lists, measures, downloads, adds and removes them.
- menu: The tool bar's choice of a model.
- page: The page of the models: what is here, what could be, and what can be done with each.
- speed: How long a model takes for a part on this machine; no Qt.
- state: The model in use: which ones there are, which is loaded or on its way, and what became of it.
- transfer: A download in a thread of its own; how far it is can be asked at any time; no Qt.
- words: What is said of models: what they are good for, whether they are here, how far a download is.
"""
