"""The keeper's tools: doctor, inventory, backup, the collection of documents. Imports `index`, `users` and below."""
