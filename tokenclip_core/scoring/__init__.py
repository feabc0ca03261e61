"""From tokens to an anomaly map: transport, assignment, settings.

- anomaly_map: From one value per token to a smooth map: bilinear enlargement and Gaussian smoothing as one linear
  operator.
- assignment: Which subspaces explain which visual token: entropic optimal transport, and the sparse assignment made
  from it.
- map_axes: One axis of the way from tokens to a smooth map, and the step to the part's own size; without torch.
- settings: Every choice between visual tokens and a score, in one checked, serialisable place.
- token_scores: From similarities of tokens and texts to the anomaly map, the image score, and each subspace's part in
  both.
"""
