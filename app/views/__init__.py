"""Widgets, one a file: they emit intents and show plain types, and know no model and no worker."""
