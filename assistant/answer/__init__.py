"""From hits to an answer: composing, highlighting, refusal, grounding, conflicts. Imports `retrieval` and the layers
below."""
