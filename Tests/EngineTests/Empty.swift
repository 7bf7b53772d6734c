// Filled in with the worker's tests.
