"""Reports made by asking: consistency, announcements, contradictions, suggestions. Imports `service` and below."""
