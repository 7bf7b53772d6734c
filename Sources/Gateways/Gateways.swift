// Gateways: filled in by its first types.
