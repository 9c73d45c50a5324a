"""From files to clean passages: readers, cleaning, repair, chunking, facts, editions. Imports only `language` and the
root modules."""
