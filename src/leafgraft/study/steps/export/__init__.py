"""The step that writes a bundle."""
