"""What the network is: backbones, towers, bundled models, where models lie.

- accelerators: Whether this machine may have a device that torch computes on faster than the processor, without
  importing torch.
- backbone: A frozen CLIP as the source of dense visual tokens and of text embeddings.
- batch_norms: Batch normalisation of a frozen network, written into the convolutions before it.
- catalog: Known backbones, where their weights lie, and what their folders say; without torch.
- compact: The architecture of the bundled ``compact`` model, as an ordinary open_clip model.
- description: What is known of a model without its weights: no torch is needed to ask.
- devices: Which device computes, and how precisely.
- dinov2_small: The architecture of the bundled ``dinov2-small`` model, as an ordinary open_clip model with a dense
  head.
- finite: Whether all weights are finite numbers; a file with other values loads without an error.
- fingerprint: Hashes that say which weights a result, a checkpoint or a cached embedding belongs to.
- folders: Which models lie on this machine's disks, found without loading any library of theirs.
- kept_hashes: The hashes that a model folder keeps of its files, as the program ``sha256sum`` writes and checks them.
- loading: Loads a backbone from a local model folder, as an ordinary open_clip model; never from a network.
- safetensors_header: The header of a safetensors file, read and checked before any memory is taken for its tensors.
- text_tower: open_clip's text transformer, entered after the token embedding so that learned prompts can be written
  into it.
- tokenizer_files: What of a model folder a tokenizer of the library transformers may see: data and plain settings,
  nothing else.
- visual_towers: The two kinds of open_clip image tower that can be tapped for dense tokens, behind one small
  interface.
"""
