"""Danish: words, stems and compounds, sentences, values, paraphrase. Imports nothing but the root records."""
