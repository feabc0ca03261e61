"""Patches of the whole folder: strongest of a subspace, like the pinned one, rejects by signature.

- controller: Fills the gallery: strongest patches of each subspace, patches like the pinned one, rejects by signature.
- model: What the gallery shows, without Qt: places, tiles, answers of a search, groups of rejects.
- panel: The gallery: what each subspace looks at, patches like the pinned one, and rejects by their subspaces.
- patch_search: Search by example: the patches whose visual tokens are most like one patch's. Runs in the inference
  thread. No Qt.
- remembered: Parts that an earlier run inspected: those that have most to show are looked at again, so that the gallery
  fills.
- tiles: The gallery's tiles as a list: model, painting, and keys.
- work: Gathers the patches of the gallery and cuts their crops; everything here runs in the gallery's own thread. No
  Qt.
"""
