"""The commands: what a user asks for, each on one screen."""
