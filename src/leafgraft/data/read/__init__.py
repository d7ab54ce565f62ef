"""Listing photos: folders, tables, spellings."""
