"""Files of any kind: written whole, checked, locked."""
