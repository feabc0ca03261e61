"""The words that subspaces are made of: families of defects, chosen and written per product.

- controller: Opens the words in force on the page, saves them, and has the parts inspected with them.
- model: A vocabulary while it is edited; no Qt.
- page: Families of defects with their phrases, to be used or not, added, renamed, coloured and taken away.
"""
