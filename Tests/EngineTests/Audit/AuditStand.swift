import Base
import Engine
import Foundation
import Marketplace
import Postgres
import Security
import Storage
import Synchronization
import TestSupport

/// A database with two tenants, a sequencer with a key and a folder of its own, and a clock that tests set.
final class AuditStand {
    let database: TestDatabase
    let web: Connection
    let engine: Connection
    let tenants: Tenants
    let clock = SetClock()
    let key = LogSigningKey()
    let folder: String
    let checkpoints: CheckpointFolder

    final class SetClock: Clock {
        private let state = Mutex(Instant(milliseconds: 1_800_000_000_000))
        func now() -> Instant { state.withLock { $0 } }
        func advance(milliseconds: Int64) { state.withLock { $0 = $0.advanced(byMilliseconds: milliseconds) } }
    }

    init() throws {
        database = try TestDatabase.clone()
        web = try database.connect(.web)
        engine = try database.connect(.engine)
        tenants = try Tenants(on: web)
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("audit-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        checkpoints = CheckpointFolder(folder + "/transparency")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func sequencer(folder: CheckpointFolder? = nil, key: LogSigningKey? = nil, clock: (any Clock)? = nil) -> AuditSequencer {
        let address = database.address(.engine)
        return AuditSequencer(
            connect: { try Connection(address, options: ConnectionOptions(applicationName: "engine")) }, key: key ?? self.key,
            folder: folder ?? checkpoints, log: .silent, clock: clock ?? self.clock)
    }

    static func event(
        _ tenant: ID<Tenant>, number: Int, at: Instant, action: AuditAction = .skillSaved, outcome: AuditEvent.Outcome = .done
    ) -> AuditEvent {
        AuditEvent(
            tenant: tenant, actor: newID(), actorKind: number % 3 == 0 ? .token : .session, action: action,
            object: number % 4 == 0 ? nil : .init("skill", "skill-\(number)"), outcome: outcome,
            details: .object([("n", .int(number)), ("share", .double(0.25)), ("words", ["a \u{2028}\"b\"", "é"])]),
            place: .init(network: "192.0.2.\(number % 250)", userAgent: "Browser/\(number)"), requestID: "request\(number)", at: at)
    }

    /// Writes an event as the web role; gives its id.
    @discardableResult
    func record(_ number: Int, at: Instant? = nil) throws -> ID<AuditEvent> {
        let tenant = number % 2 == 0 ? tenants.alpha : tenants.beta
        let event = Self.event(tenant, number: number, at: at ?? clock.now())
        return try web.transaction(.tenant(tenant), .readWrite) { tx in try AuditTable.record(event, in: tx) }
    }

    /// A log of `rounds` checkpoints, some a minute apart and some without new events.
    func build(rounds: Int, eventsEach: Int) throws {
        let sequencer = sequencer()
        var number = 0
        for round in 0..<rounds {
            for _ in 0..<(round % 5 == 4 ? 0 : eventsEach) {
                try record(number)
                number += 1
                clock.advance(milliseconds: 40)
            }
            _ = try sequencer.round(on: engine)
            clock.advance(milliseconds: 61_000)
        }
        _ = try sequencer.round(on: engine)
    }

    /// An export into a fresh folder, seen by `connection`.
    func export(on connection: Connection, at now: Instant? = nil) throws -> String {
        let target = folder + "/export-\(UUID().uuidString)"
        _ = try connection.transaction(.tenant(RunTable.house), .readOnly) { tx in
            try AuditExport.write(to: target, at: now ?? clock.now(), in: tx)
        }
        return target
    }

    func verify(known: [String] = []) throws -> AuditVerification.Report {
        let notes = try checkpoints.notes()
        let export = try export(on: engine)
        defer { try? FileManager.default.removeItem(atPath: export) }
        return try AuditVerification.verify(export: export, checkpoints: notes, key: key.verification, known: known)
    }
}
