"""What the window remembers: a declared table of settings in a file, and the geometry in Qt's own format."""
