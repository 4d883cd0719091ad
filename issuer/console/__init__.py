"""The console: pages for the people of an institution, rendered here; each file is one subject."""
