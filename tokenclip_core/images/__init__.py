"""A file becomes an RGB picture.

- folders: The image files below folders, in natural order; quick on 100,000 files, and never long without a breath.
- pixels: Arrays of samples into 8-bit RGB: the rules that `image_io` states, for arrays from files, cameras and
  programs.
- reading: Image files into RGB arrays: one rule for every format, and a clear error for everything else.
- tiff: TIFF files of more than 8 bits a sample, which Pillow reads only in part: the samples as they are stored.
"""
