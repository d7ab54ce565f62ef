"""What a study gives to a paper: figures, tables, methods, results and references."""
