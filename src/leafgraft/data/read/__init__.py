"""Where photos come from, and what is known of each once it was read."""
