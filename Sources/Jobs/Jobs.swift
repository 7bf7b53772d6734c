// Jobs: filled in by its first types.
