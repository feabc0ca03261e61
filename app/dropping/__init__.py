"""What is dropped on the window, or chosen in its dialog, goes where it belongs.

- controller: Tells what was dropped, gives each kind to its taker, and refuses what is nothing.
- highlight: A frame over the whole window while something is dragged over it.
- kinds: What a file or folder is: parts, a video, a recipe, a calibration and so on; no Qt.
"""
