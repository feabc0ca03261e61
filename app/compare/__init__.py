"""Two layers, two parts or two models side by side.

- canvas: A canvas that can show the same place as another one.
- controller: Compares, side by side: two layers of the shown part, it and another part, or what two models say of it.
- model_menu: The choice of the second model, above the right one of two panes.
- pane: One of two panes side by side: a part, what is said of it, and which model says it.
- second_model: Another model that looks at the shown part too, for as long as two models are compared.
- view: Two canvases side by side: two layers of one part, two parts, or one part by two models, with linked zoom.
- work: A second model beside the window's own, loaded only while two are compared. No Qt.
"""
