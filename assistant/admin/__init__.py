"""Administration: doctor, inventory, backup, the collection of documents. Imports `index`, `users` and below."""
