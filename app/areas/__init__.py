"""Areas drawn on a part, to be inspected or ignored.

- bar: The tools of the region of interest, in a strip over the canvas.
- controller: The region of interest: drawn on the canvas, kept for each folder, and undone like everything else.
- items: The region of interest on the canvas: what is ignored lies under a hatched veil, edges have their own colours.
- tools: Drawing areas on the canvas: rectangle, polygon and brush, and choosing one to take it away.
"""
