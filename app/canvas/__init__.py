"""The picture of a part: layers, zoom, values, what is drawn over it.

- canvas: The part under its layers: zoom at the cursor, pan, and the patch under the cursor.
- compose: Maps and pictures into pixels that can be painted as they are; numpy and Pillow only, for worker threads.
- controller: What a person can do with the picture: layers, zoom, pointing by the keyboard.
- copying: Copies what is seen, and shows files where they lie: the context menus of canvas, list and gallery.
- display: How parts are looked at: one observable value that canvases, bars and menus mirror.
- footer: Below the canvas: the overlay's opacity, the heatmap's scale, and the value under the cursor.
- items: What lies on the canvas: the part's pixels, its overlays, the outline of regions, the patch grid.
- keys: The keyboard on the canvas: a cross that arrows move, to pin a patch or to draw areas without a mouse.
- layer_bar: Which layers lie over the part, and the zoom; one row above the canvas.
- legend: Which colour is which subspace, in a corner of the canvas while their layer is shown.
- notice: A line over the canvas: that the part is being read or inspected, or why it can't be shown.
- own_map: Another heatmap on the canvas: one subspace's own, or the whole one stretched to its highest value.
- ruler: How long a millimetre is on the canvas: a line in its lower right corner, once a part's size is known.
- scale_bar: The colours of the heatmap from 0 to 1, with a mark at the threshold.
"""
