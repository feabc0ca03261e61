"""Where pictures of parts come from: image files and folders."""
