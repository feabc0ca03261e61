"""What the model is asked: vocabulary, prompts, textual subspaces, checkpoints.

- checkpoint: Checkpoints of learned subspaces: one safetensors file, its header checked before any memory is taken.
- naming: What a region looks most like: from the tokens that parts are compared by to the words of any vocabulary.
- prompts: Learnable prompts: K pairs of (normal, anomalous) prompts around a shared base, read by the frozen text
  tower.
- stored_texts: Embeddings of a vocabulary that lie beside a model, so that its subspaces are there without the text
  tower.
- textual: Textual subspaces: K pairs of (normal, anomalous) text embeddings, from an editable vocabulary or a
  checkpoint.
- vocabulary: The editable vocabulary of defect families: a TOML file of words, read and checked.
"""
