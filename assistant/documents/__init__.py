"""Files to clean passages: readers, cleaning, repair, chunking, facts, editions. Imports `language` and the root."""
