"""What happens when a person does something: controllers connect views with workers, settings and state."""
