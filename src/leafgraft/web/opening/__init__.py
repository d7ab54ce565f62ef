"""The page that starts the commands for people without a terminal."""
