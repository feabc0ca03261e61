"""What the parts themselves say, beside the text.

- rarity: How rare a patch is in its own part: what structure repeats all over is seldom a defect.
"""
