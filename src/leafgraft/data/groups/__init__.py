"""Which photos show the same leaf."""
