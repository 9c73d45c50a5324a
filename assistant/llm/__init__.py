"""A language model of the user's own: client, wording, verification of each sentence. Imports `answer` and below."""
