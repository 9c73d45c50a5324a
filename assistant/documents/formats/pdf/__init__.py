"""PDF: its text, its ruled tables, what of it can be seen, and scanned pages. Imports `language` and the root."""
