"""Data sets: the layouts of folders that are read, and procedural parts that are made."""
