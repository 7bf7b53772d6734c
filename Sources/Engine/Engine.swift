// Engine: filled in by its first types.
