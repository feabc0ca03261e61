"""Archives of parts on several machines, by Ray Data.

- archive: Files in shards to the workers of a cluster, and their rows back in order; what is done stays done.
- worker: One worker of a cluster: an inspector of its own, and shards of files to rows.
"""
