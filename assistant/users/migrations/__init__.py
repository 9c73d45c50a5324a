"""How the tables came to be as they are: a module for each revision, a line of them for each store.

A new one is named as the last of its line and one more, and is its store's `head` in `tables`. Files from before
there were revisions are taken for the first or the last of 2026-11.
"""
