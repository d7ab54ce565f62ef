"""The field: photos worth a label, and one head for home and a place."""
