"""What a question asks for: answer type, scope, follow-up. Imports `language`, `index` and the root modules."""
