"""What is looked after beside the inspection: models, words, training, history, each a section of one page.

- page: The page: its sections are listed on the left, and one of them is seen.
- sections: Sections of the page of what is looked after: each has an action that shows it.
- workspaces: Goes from one workspace to another: inspecting parts, the live view, and what is looked after.
"""
