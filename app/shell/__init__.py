"""The main window: what it is made of, how it starts and looks.

- actions: What a person can do: each feature declares its actions here, menus and bars only lay out their names.
- assembly: The window with everything wired to it, apart from the process it runs in.
- bootstrap: Starts the window: the order in which things are loaded, the exception hook, the wiring.
- continuing: What a window that makes room for one in another language leaves to it.
- empty_state: What the middle of the window says when there is nothing to show: what to do.
- main_window: The main window: where panels, menus and bars lie. What they do is declared by the features.
- manual_dialog: The manual, beside the work: Markdown with pictures, which are read one after the other.
- menus: The main window's menus, tool bar and list of keys: which of the declared actions lie where.
- message_bar: A message in place: what is wrong, what to do, and the details to copy.
- owners: The owners of what is inspected, which most features are given together.
- sequences: What the features do, one after the other, when an owner's state changes.
- shortcuts_dialog: The list of keys.
- stage: What is in the middle of the window: what to do, a part, or the cameras.
- status_line: The status line: model, device, precision, time of the shown part; and what is being done.
- theme: Colours, palette, style sheet and icons of the light and the dark theme.
- titled_dock: A dock with a quiet title, which its tab replaces where it shares its place with another dock.
- views: All widgets that features fill, made before anything is wired to them.
- workspace_switch: Says which workspace is seen, and shows another.
"""
