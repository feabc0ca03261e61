"""What is said about the shown part: verdict, score, regions, patches.

- block_choice: Which of the model's tapped blocks a patch's numbers are of: one of them, or the mean of all.
- breakdown: Which subspaces a score or a region comes from: one bar in their colours, and the greatest in words.
- finding_words: What was found and where, in words: "looks most like crack (82 %)", "2 regions, upper left".
- folder_scores: How the scores of all inspected parts of the folder are spread; no Qt.
- folder_threshold: The threshold against all inspected parts of the folder.
- panel: The verdict on the shown part, its score, the threshold, and the regions.
- patch_panel: The patch under the cursor, or the pinned one: its pixels and its weights over the subspaces.
- presentation: Between what is known of the shown part and the widgets that show it.
- threshold_plot: The histogram of the anomaly map with a threshold that can be dragged.
- verdict_words: Verdicts in words, in the language of the window, and in colours.
"""
