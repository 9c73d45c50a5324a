"""One question to several sides: who they are, what each says, whether they agree. Imports `answer` and below."""
