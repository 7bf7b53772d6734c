// FastCGI: filled in by its first types.
