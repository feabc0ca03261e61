"""A file becomes an RGB picture, or a mask; what in a folder is a part.

- depth: How many of 16 bits a camera uses: one answer for all pictures of a run, never one for each.
- folders: The image files below folders, in natural order; quick on 100,000 files, in short steps that let other
  threads run.
- jpeg: The structure of a JPEG file, as far as it tells whether pixels are missing at its end.
- limits: What decoding a picture may take, said before it begins: memory and time, reckoned from its size by its
  format.
- masks: Masks are not photographs: which pixels a file marks, from its samples as they are stored.
- names: What names of files and folders say: good parts, defective ones, masks, hidden files, formats that are not
  read.
- outside: Pictures whose decoders are not trusted with this process: they are decoded in another one, which may crash.
- pages: Files of several pictures: the pages of a TIFF, which are parts of their own, and the frames of an animation.
- picture_child: The process that decodes pictures for another one, see `outside`: `python -m
  tokenclip_core.images.picture_child`.
- pieces: Into how many pieces a file is cut: readers take one at a time, so that very many take minutes, however small.
- pillow_files: The formats that Pillow reads: their headers, checked before any memory is taken, and their samples.
- pixels: Arrays of samples into 8-bit RGB: the rules that `reading` states, for arrays from files, cameras and
  programs.
- pnm: Netpbm's binary grey and colour pictures (PGM P5, PPM P6), whose samples may have any depth up to 16 bits.
- quiet: What readers say of odd or damaged files by themselves, kept from the user: warnings, and libtiff's own lines.
- reading: Image files into RGB arrays: one rule for every format, and a clear error for everything else.
- samples: What a file holds before it becomes a picture: its samples, and what they mean.
- settled: Which files that another program writes are whole by now, and which have been waited for long enough.
- tiff: TIFF files: which pages are pictures, and the samples of one of them with white as the largest value.
- tiff_samples: The samples of one page of a TIFF, as they are stored: strips or tiles, any depth, the lossless
  compressions.
"""
