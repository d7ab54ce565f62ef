"""The field loop: photos worth a label, and the head fitted again with labels of a place."""
