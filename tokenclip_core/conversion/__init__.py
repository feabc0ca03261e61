"""Models as other engines and other programs run them.

- convert: Converts a model for this user once, so that it need not run in torch; kept in the cache folder.
- export: A model for other programs: its image tower as ONNX or OpenVINO, its texts, and an example that needs only
  numpy.
"""
