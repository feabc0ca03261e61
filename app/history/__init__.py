"""What was inspected before: every result is kept, and comes back when its folder is opened again.

- controller: Hands what is inspected and decided to the history, and puts earlier scores into an opened folder.
- work: Keeps what the window inspects in the store, and tells what it knows of a folder; in a thread of its own. No Qt.
"""
