"""The optional language model: client, wording and the check of each sentence. Imports `answer` and below."""
