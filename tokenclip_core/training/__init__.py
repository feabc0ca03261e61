"""Training, of learned prompts and of the bundled model."""
