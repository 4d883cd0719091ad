"""A clerk's list of people: files read safely, columns recognised, rows checked, workbooks written."""
