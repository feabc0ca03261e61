"""What was inspected before: every result is kept, and comes back when its folder is opened again.

- again: How a run of the history is judged again: at which threshold, and without which regions.
- archive: What the history's page asks of the store; in a thread of its own. No Qt.
- browsing: Opens the history's page, and asks the store what it wants to know.
- controller: Hands what is inspected and decided to the history, and puts earlier scores into an opened folder.
- page: The history: runs, their results, another threshold, two runs compared.
- work: Keeps what the window inspects in the store, and tells what it knows of a folder; in a thread of its own. No Qt.
"""
