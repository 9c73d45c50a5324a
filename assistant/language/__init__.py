"""The Danish language: words, stems, compounds, sentences, values and paraphrases. Imports only the root records."""
