"""What runs the image tower: one small interface, pixels in, visual tokens out.

- interface: What every engine gives: visual tokens of normalised pixels, in arrays that scoring understands.
- torch_engine: The image tower in torch: what training uses, and what every other engine is checked against.
"""
