// Security: filled in by its first types.
