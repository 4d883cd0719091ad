"""Certificate numbers: patterns, the counter, check digits, numbers that paper has already."""
