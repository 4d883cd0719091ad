"""Who issues: roster → signed credentials, numbers, status, published lists. The only package with a database."""
