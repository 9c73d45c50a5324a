"""The schema revisions: a module for each one, numbered separately for each store.

A new revision gets the next number of its store and becomes the store's `head` in `tables`. Files older than revisions
are treated as the first or the last revision of 2026-11.
"""
