// Storage: filled in by its first types.
