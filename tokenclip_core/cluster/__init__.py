"""Archives of parts on several machines, by Ray Data.

- archive: Files in shards to the workers of a cluster, and their rows back in order; what is done stays done.
- object_stores: Pictures in object stores and on distributed file systems, by the file systems that Ray Data's readers
  use.
- worker: One worker of a cluster: an inspector of its own, and shards of files to rows.
"""
