"""What a question asks for: answer type, scope, follow-up. Imports `language` and the root."""
