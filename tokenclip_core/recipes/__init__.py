"""Recipes: all that decides how parts are inspected and judged, in one file that another machine can repeat.

- building: From a recipe to the inspector that it describes, and from an inspector to its recipe.
- differences: What differs between two recipes, in words.
- evidence_file: What a recipe compares parts with, as a file beside it: the tokens of its pools and of its good parts.
- recipe: The recipe itself: one value, its file, and what is checked when it is read.
"""
