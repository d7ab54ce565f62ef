"""What the stages hand to each other: frozen dataclasses of the standard library alone."""
