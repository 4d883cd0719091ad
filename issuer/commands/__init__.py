"""The work of the institution's commands: files and the clock, around the rules."""
