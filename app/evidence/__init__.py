"""Which evidence decides: the words, the part itself, the other parts of the folder, good parts on a shelf.

- bar: The row of kinds of evidence above the canvas, and what is said of them.
- comparison: What the window's model compares parts with; lives in the inference thread with it.
- controller: Gathers the folder's pool, keeps the shelf of good parts, and says which evidence decided.
- names: What channels of evidence are called, and their limits in words.
- nearest: The patches of other parts that the pinned patch looks most like.
- shelf: The good parts: a window to drop them on and take them off.
- work: Gathers the pool of the open folder, puts good parts on the shelf, and finds what a patch looks most like.
"""
