"""The stored index: catalog, vectors, BM25, encoders, generations, and `ingest`. Imports `documents` and lower
packages."""
