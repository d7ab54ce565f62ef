"""The commands of the field loop: pick, label, adapt."""
