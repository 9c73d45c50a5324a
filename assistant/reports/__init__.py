"""Reports made by asking questions: consistency, announcements, contradictions, suggestions. Imports `service` and
the layers below."""
