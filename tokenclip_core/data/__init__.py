"""Labelled sets, and which mask belongs to which part.

- layouts: The folder layouts of data sets with good and defective parts, read into one list of samples.
- procedural/: Procedural images of parts with and without defects: training data, samples and tests without a camera.
"""
