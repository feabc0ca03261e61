"""Small widgets and Qt helpers that several features use.

- action_button: A button of an action: its words, icon, tip and state are the action's.
- context_menu: The menus of a right click: what can be copied of a place, and where its file is.
- elided_label: A label of one line that gives way: what does not fit is cut in its middle, and the whole is its
  tooltip.
- fields_area: The fields of a dialog: all of them where the screen is high enough, and scrolled where it is not.
- icon_strip: A row of controls beside a picture: its icons follow the theme.
- layouts: Rows and columns of widgets, laid out by one call.
- list_button: A button that says what is chosen and opens the list of the others.
- menu: Menus whose letters choose their entries, whatever else a letter does in the window.
- meter: Small painted pieces of the subspaces' rows: a square of colour, and a value as a bar.
- number_box: Boxes for numbers, with room between the number and the frame: a style sheet can't reach the line within
  a box.
- page_stack: Pages of which one is seen; only that one says how much room is needed.
- painted: Widgets that paint themselves: their size and paint event, and the plate below words that lie over a
  picture.
- panels: Panels at the window's edges, found from what they hold.
- places: Files and folders in the system's own programs.
- popup: A small popup: it stays open until something else is clicked, or Escape or Enter is pressed.
- progress_strip: In the status line: words about something that takes its time, a thin bar, and small buttons.
- qimage: Between numpy and QImage, without a copy where it can be helped.
- rows: The ground of an entry in a painted list, which shows what is chosen and what the pointer is over.
- said: What a widget's label says, to be read as an attribute of the widget, and labels of a quieter colour.
- text_table: Tables of texts, as history and evaluation show them.
- themed: A widget that paints some of its pieces by the theme, and again when the theme changes.
- words: Words of several features, in the language of the window.
"""
