"""What the parts themselves say, beside the text.

- consensus: How unlike the other parts of a folder a patch is, none of them labelled.
- distances: How far visual tokens are from others: exact nearest neighbours as blocked matrix products.
- rarity: How rare a patch is in its own part: what structure repeats all over is seldom a defect.
- reference: How unlike some good parts a patch is: its distance to the nearest of their patches.
- self_similarity: How unlike its own part a patch is: what structure repeats all over is seldom a defect.
"""
