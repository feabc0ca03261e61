"""Learning prompts.

- augmentation: Seeded changes of training parts: mirrored, turned, lighter or darker, with more or less contrast.
- blending: Learned subspaces blended with the descriptors that they began as.
- events: What training reports while it runs: typed events, the same for the command line and the window.
- initialisation: Prompts that begin with words: the context of each subspace starts as the embeddings of a defect
  family's phrase.
- losses: Losses of prompt training: what AnomalyCLIP minimises (arXiv 2310.18961), on TokenCLIP's assigned tokens.
- steps: Optimisation steps and validation: from parts to gradients of the prompts, in whatever chunks memory allows.
- team: Several processes that train together, one on each device, started by ``torchrun`` and joined by accelerate.
- token_cache: Visual tokens on disk: encoded once, read by every epoch and every later training of the same parts.
- token_source: Visual tokens of parts: from the cache where they are, else from the frozen encoder.
- trainer: Prompt training: the frozen backbone's tokens in, a checkpoint of learned subspaces out, event by event.
- trainer_state: The trainer's state between two sittings: one safetensors file, replaced only by a whole one.
- training_data: The training set: which parts can be used, what their masks say about each area, and in which order
  they come.
- training_settings: Every choice of prompt training, checked; the defaults are AnomalyCLIP's recipe (arXiv 2310.18961).
"""
