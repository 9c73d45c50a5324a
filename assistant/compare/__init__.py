"""One question put to several sides: which they are, what each says, whether they agree. Imports `answer` and the
layers below."""
