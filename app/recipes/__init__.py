"""Recipes in the window: what decides a verdict is saved, opened, and said to be in force.

- controller: Opens and saves recipes, and knows which one is in force.
- differences_dialog: What differs between two recipes, a sentence each.
- menu: The tool bar's choice of a recipe.
- work: What of a recipe belongs to the inference thread: its model, and how one is made.
"""
