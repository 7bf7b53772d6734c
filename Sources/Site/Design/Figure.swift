/// A number a page shows, or the reason there is none. Never 0 for unknown.
enum Figure: Sendable, Hashable {
    case value(Double)
    /// A short sentence without a full stop: `needs 30 days, has 12`.
    case unavailable(because: String)

    /// The number when there is a finite one.
    var number: Double? {
        if case .value(let value) = self, value.isFinite { value } else { nil }
    }
}
