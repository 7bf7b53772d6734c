internal import Base
internal import Jobs
internal import Postgres
internal import Storage
internal import Trading

/// Runs as the API and the live pages write them.
enum RunJSON {
    /// A run without its report: what changes while it waits and works. `position` is its place in the queue.
    static func progress(_ run: RunTable.Row, position: Int?, now: Instant) -> JSON { .object(members(run, position, now)) }

    /// A run whole, but for curve, trades and decisions, which have addresses of their own.
    static func whole(_ run: RunTable.Row, position: Int?, now: Instant) -> JSON {
        .object(members(run, position, now) + [("report", run.report ?? .null)])
    }

    /// Where a queued run stands among its owner's jobs, from 1. Nil for others than the owner, and once it started.
    static func queuePosition(_ run: RunTable.Row, in tx: borrowing Transaction) throws -> Int? {
        guard run.state == .queued, let job = run.job else { return nil }
        return try JobQueue.status(job, in: tx)?.queuePosition
    }

    private static func members(_ run: RunTable.Row, _ position: Int?, _ now: Instant) -> [(String, JSON)] {
        let order = run.order
        return [
            ("id", .string(order.id.description)), ("purpose", .string(order.purpose.rawValue)), ("state", .string(run.state.rawValue)),
            ("stage", .string(stage(run, position))), ("fraction", .optional(fraction(run))),
            ("milliseconds_left", millisecondsLeft(run, now)), ("queue_position", .optional(position)),
            ("note", run.progressNote ?? .null),
            ("skill", [
                "handle": .string(order.authorHandle), "slug": .string(order.skillSlug), "name": .string(order.skillTitle),
                "version": .int(order.versionNumber), "skill_hash": .string(order.skillHash.hex),
            ]),
            ("timeframe", .string(order.timeframe.rawValue)), ("universe", .array(order.universe.map(JSON.string))),
            ("synthetic", .bool(order.universe.contains { $0.hasPrefix("SIM-") })),
            ("from", .string(order.from.description)), ("to", .string(order.to.description)), ("seed", .int(order.seed)),
            ("model", .optional(order.model)), ("created_at", .string(run.createdAt.description)),
            ("started_at", .optional(run.startedAt?.description)), ("finished_at", .optional(run.finishedAt?.description)),
            ("dataset_hash", .optional(run.datasetHash?.hex)), ("decision_log_hash", .optional(run.decisionLogHash?.hex)),
            ("failure", run.failure ?? .null),
        ]
    }

    private static func fraction(_ run: RunTable.Row) -> Double? { min(max(run.progress, 0), 1) }

    /// One line for people.
    static func stage(_ run: RunTable.Row, _ position: Int?) -> String {
        switch run.state {
        case .queued: position.map { $0 == 1 ? "Next in the queue" : "Number \($0) in the queue" } ?? "In the queue"
        case .running: run.progressNote == nil ? "Loading candles" : "Replaying bars"
        case .completed: "Done"
        case .failed: "Failed"
        case .cancelled: "Cancelled"
        }
    }

    /// From the time taken so far; null until a hundredth is done.
    private static func millisecondsLeft(_ run: RunTable.Row, _ now: Instant) -> JSON {
        guard run.state == .running, let started = run.startedAt, run.progress >= 0.01, run.progress <= 1 else { return .null }
        let taken = Double(max(0, now.milliseconds - started.milliseconds))
        let left = taken * (1 - run.progress) / run.progress
        return left < 1e12 ? .int(Int64(left)) : .null
    }

    /// `[[milliseconds, value]…]` as `[{"at": time, NAME: value}…]`.
    static func points(_ stored: JSON?, _ name: String) -> JSON {
        .array((stored?.array ?? []).compactMap { point in
            guard let pair = point.array, pair.count == 2, let time = pair[0].int else { return nil }
            return .object([("at", .string(Instant(milliseconds: time).description)), (name, pair[1])])
        })
    }

    /// A stored trade with its times as RFC 3339.
    static func trade(_ stored: JSON, number: Int) -> JSON {
        let times = ["entry_time": "entry_at", "exit_time": "exit_at"]
        let members = (stored.object ?? []).map { name, value -> (String, JSON) in
            guard let newName = times[name], let time = value.int else { return (name, value) }
            return (newName, .string(Instant(milliseconds: time).description))
        }
        return .object([("number", .int(number))] + members)
    }
}
