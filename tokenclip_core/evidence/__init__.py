"""What the parts themselves say, beside the text.

- channels: The channels that evidence comes from, and what each says about a patch before it is put on a common scale.
- consensus: How unlike the other parts of a folder a patch is, none of them labelled.
- curve: How hot a region of a map must be for its size: small regions must be hot, large ones may be faint.
- distances: How far visual tokens are from others: exact nearest neighbours as blocked matrix products.
- evidence: What an inspector compares parts with, and how unlike that each patch of a part is.
- fusion: How channels become one map: each is put on the scale of good parts, and their log likelihood ratios add up.
- places: Where patches lie, for parts that lie in the same place in every picture, such as those in a fixture.
- rarity: How rare a patch is in its own part: what structure repeats all over is seldom a defect.
- reference: How unlike some good parts a patch is: its distance to the nearest of their patches.
- scales: What the patches of good parts give in each channel, and how that moves to what the parts at hand give.
- self_similarity: How unlike its own part a patch is: what structure repeats all over is seldom a defect.
- typical: What is typical of the parts at hand: what their patches give, and how hot good ones of them get.
"""
