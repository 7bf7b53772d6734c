// Agent: filled in by its first types.
