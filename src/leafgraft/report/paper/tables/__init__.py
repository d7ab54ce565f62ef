"""The tables of a study, and the kinds of files that hold them."""
