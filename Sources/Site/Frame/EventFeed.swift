public import HTTP
public import Postgres

/// What a stream of server-sent events shows: asked again and again, each time in a short transaction of its own,
/// until it says that there is no more or the reader leaves.
public struct EventFeed {
    /// What one look found.
    public struct Step {
        public var events: [ServerEvent]
        /// True when nothing will follow: the stream ends after these events.
        public var isLast: Bool
        public init(events: [ServerEvent], isLast: Bool = false) {
            self.events = events
            self.isLast = isLast
        }
    }

    /// Time between two looks.
    public let intervalMilliseconds: Int
    /// Gets the id of the last event the reader has (also across reconnects), nil at first.
    public let poll: (_ lastEventID: String?, borrowing Transaction) throws -> Step

    /// Longest a stream stays open; the browser then reconnects by itself and goes on after the last id.
    static let streamSecondsMax: Int64 = 600
    /// A comment is sent after so long without an event, so that no box on the way takes the stream for dead.
    static let heartbeatSeconds: Int64 = 15

    public init(intervalMilliseconds: Int = 500, poll: @escaping (_ lastEventID: String?, borrowing Transaction) throws -> Step) {
        self.intervalMilliseconds = intervalMilliseconds
        self.poll = poll
    }
}
