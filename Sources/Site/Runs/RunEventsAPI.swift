internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage

/// A run's progress as server-sent events: `progress` whenever something changed, `done` once it is over.
enum RunEventsAPI {
    static let routes: [Route] = [.events("/api/v1/runs/:id/events", scope: .runsRead, visitor: events)]

    private static func events(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> EventFeed {
        let id: ID<Run> = try context.id("id")
        guard try RunTable.state(id, in: tx) != nil else { throw Problem.notFound }
        return feed(of: id)
    }

    /// The events of a run that the scope may see. The id of an event names what it told, so that a reader who comes
    /// back hears only what is new.
    static func feed(of id: ID<Run>) -> EventFeed {
        EventFeed { lastID, tx in
            guard let run = try RunTable.state(id, in: tx) else { return EventFeed.Step(events: [], isLast: true) }
            let position = try RunJSON.queuePosition(run, in: tx)
            let told = "\(run.state.rawValue)-\(position ?? 0)-\(Int(run.progress * 10_000))"
            let isOver = run.state != .queued && run.state != .running
            guard told != lastID || isOver else { return EventFeed.Step(events: []) }
            let data = RunJSON.progress(run, position: position, now: SystemClock().now()).text
            var found = [ServerEvent(name: "progress", id: told, data: data)]
            if isOver { found.append(ServerEvent(name: "done", id: told, data: data)) }
            return EventFeed.Step(events: found, isLast: isOver)
        }
    }
}
