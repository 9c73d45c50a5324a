"""From a question to ranked hits: hybrid search, fusion, ranking. Imports `question`, `index` and the layers below."""
