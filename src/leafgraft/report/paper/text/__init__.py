"""What a study says in words: methods, results, references."""
