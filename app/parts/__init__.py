"""The list of parts: opening, thumbnails, sorting, going on.

- controller: Opening images and folders, filling the list, making thumbnails, moving between parts.
- delegate: Paints one row of the parts list: thumbnail, verdict, name, score.
- folder: Finding the images below folders, a portion at a time.
- folder_watch: Notices that files come, go or are renamed in the open folders.
- groups: Parts in groups by their folder, where they are listed by name: where a group begins, and its counts. No Qt.
- images: Image files, decoded once for all threads that ask for them at about the same time.
- labels: What parts are called where several files have one name: with as much of their folder as tells them apart.
  No Qt.
- list_model: The list of parts as Qt sees it: rows in the chosen order, thumbnails asked for when they are painted.
- order: Which parts pass a choice of verdicts, and in which order; quick for 100,000 of them. No Qt.
- panel: The list of parts with its filter, its order and its count.
- scores: What is known of the parts' scores under each of the last mixes; no Qt.
- sheet: The contact sheet: all parts of the list as pictures with their heatmaps, as large as a person wants them.
- shown: The part that is shown: its pixels first, its result as soon as the model has it, its neighbours ahead of
  time.
- state: What the window knows, without Qt: parts, results, and the session.
- store: What is known of the open parts: pictures, results, scores; one place that forgets a file everywhere.
- watching: Notices that the shown part's file was replaced or removed while it is looked at.
"""
