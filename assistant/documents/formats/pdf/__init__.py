"""Reads PDF: its text, its ruled tables, what of it is visible, and scanned pages. Imports `language` and the root
modules."""
