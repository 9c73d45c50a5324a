"""User data: accounts, conversations, feedback, judgements of cells, audit; also rate limits and the question queue.
Imports the root only."""
