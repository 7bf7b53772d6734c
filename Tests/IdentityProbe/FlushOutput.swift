import Glibc

/// Sends what was printed on its way: the asker waits for it.
func flushOutput() { _ = fflush(nil) }
