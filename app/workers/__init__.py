"""Work that must not happen in the GUI thread: long-lived threads with a Qt-free job protocol."""
