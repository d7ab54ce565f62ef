"""Sentences in other languages than English: a folder per language, a catalogue per room."""
