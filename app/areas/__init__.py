"""Areas drawn on a part, to be inspected or ignored.

- bar: The tools that draw areas, in a strip over the canvas.
- controller: The areas of a part: drawn on the canvas, kept for each folder, and undone like everything else.
- items: Areas on the canvas: what is ignored is hatched, edges have their own colours; marked defects are always seen.
- tools: Drawing areas on the canvas: rectangle, polygon and brush, and choosing one to take it away.
"""
