"""An image in, a result out.

- comparing: What parts are compared with, made from encoded parts: consensus pools, a shelf of good parts, and their
  scale.
- encoded_part: One encoded part: what is kept between the expensive encoding and the cheap scoring.
- encoding: Images to encoded parts, the expensive half: resize, image tower, similarities, and what patches are
  compared by.
- folder: A folder of parts inspected together: its pools are gathered first, then each part is inspected in its order.
- gathering: What a folder's parts are compared with, made from its files: pools of consensus, and a shelf of good
  parts.
- inspector: Images in, results out: the expensive encoding and the cheap scoring, apart so that the first can be
  kept.
- patches: Which patches of a part stand out, and which subspaces its most anomalous place comes from.
- preprocessing: From a part of any size to the pixels a backbone sees: grid, resize, normalisation.
- result: What an inspection says about one part, frozen.
- scored_part: From the scores of one part's tokens to its result, in the units of its image.
- tiled_inspection: Large parts tile by tile: cutting and encoding, scoring each tile by itself, and putting together
  what they say.
- tiled_part: A part that was encoded tile by tile, and what is said about it as a whole.
- tiling: How large parts are cut into tiles: small defects keep their pixels, and each tile is its own transport
  problem.
"""
