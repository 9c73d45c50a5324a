"""What is kept: catalog, vectors, BM25, encoders, generations, and `ingest`. Imports `documents` and below."""
