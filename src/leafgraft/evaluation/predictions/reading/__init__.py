"""Files of ours and of other tools, recognised by what they hold."""
