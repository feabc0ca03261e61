"""Models from the hub or a mirror of it: listed, got, checked and installed.

- installing: Gets a known model whole and checked, imports a folder, removes a model.
- listing: What a server says of a model's files: names, sizes and hashes.
- progress: How far a download is, in bytes.
- transfer: One file over HTTP: a broken transfer goes on where it stopped, and no wait is endless.
"""
