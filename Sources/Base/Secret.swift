/// A value that must not reach a log, a page or a test's output: printing it prints bullets.
public struct Secret<Value: Sendable>: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: Value
    public init(_ value: Value) { self.value = value }

    /// The one way to the value, spelled so that a search finds every use.
    public func reveal() -> Value { value }

    public var description: String { "•••" }
    public var debugDescription: String { "•••" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
