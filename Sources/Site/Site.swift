// Site: filled in by its first types.
