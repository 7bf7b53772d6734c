import Base
import Foundation
import Postgres
import Storage
import Synchronization
import TestSupport
import Testing

/// Every statement of the program, in every order, for every tenant, with everybody's ids, cancelled and cut at random: no
/// row, no error and no connection ever carries what is another tenant's.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct StatementFuzzTests {
    private static let statementsWanted = 80_000
    private static let threads = 4

    /// What a transaction is, not what is asked in it.
    private static let leftOut: Set<String> = ["acting.switch", "erase.name_skill"]

    /// Statements that read more than one tenant, each because it must: whoever adds one says here why.
    private static let crossing: [String: Set<String>] = [
        "tradecraft_web": [
            // Log-in finds a member by address, handle or id before it knows the tenant.
            "members.credentials", "members.credentials_of_handle", "members.credentials_of_member",
            // A browser is known by its token alone.
            "login_sessions.find", "pending_log_ins.find",
            // So is a passkey by its id, and a link that came by mail by its token.
            "passkeys.find", "passkeys.list", "mail_links.find", "mail_links.email_change",
            // A member's tokens for every tenant they belong to, by the member's id.
            "export.api_tokens",
        ],
        "tradecraft_engine": [
            // Every tenant's events become leaves of one log.
            "audit_events.find", "audit_snapshot.events", "export.audit_events",
        ],
    ]

    /// A statement with the types of its parameters, and its rows as texts.
    private struct Trial: Sendable {
        let original: Statement
        let statement: Statement
        let types: [String]
        let writes: Bool
        let mayCommit: Bool
    }

    private static let parameterTypes = Statement(
        "fuzz.parameter_types", "SELECT name, parameter_types::text[] AS types FROM pg_prepared_statements WHERE name LIKE 'fuzz_type_%'")

    private static func trials(_ database: TestDatabase, _ role: TestDatabase.Role) throws -> [Trial] {
        let connection = try database.connect(role)
        var types: [String: [String]] = [:]
        for (number, statement) in StatementCatalog.all.enumerated() {
            // One that this role may not even prepare is left to the other.
            _ = try? connection.runScript("PREPARE fuzz_type_\(number) AS \(statement.sql)", name: "fuzz.prepare")
        }
        try connection.transaction(.platform, .readOnly) { tx in
            try tx.run(parameterTypes).forEach { row in types[try row.text("name")] = try row.textArray("types") }
        }
        return StatementCatalog.all.enumerated().compactMap { number, statement in
            guard !leftOut.contains(statement.name), let found = types["fuzz_type_\(number)"] else { return nil }
            let sql = statement.sql.trimmingCharacters(in: .whitespacesAndNewlines)
            let reads = sql.hasPrefix("SELECT") || (sql.hasPrefix("WITH") && !sql.contains("INSERT ") && !sql.contains("UPDATE ") && !sql.contains("DELETE "))
            let shown = reads
                ? "SELECT x::text AS shown FROM (\(sql)) AS x"
                : sql.contains("RETURNING") && !sql.hasPrefix("WITH") ? "WITH x AS (\(sql)) SELECT x::text AS shown FROM x" : sql
            return Trial(
                original: statement, statement: Statement("fuzz." + statement.name, shown), types: found, writes: !reads,
                mayCommit: sql.hasPrefix("INSERT") || sql.hasPrefix("UPDATE"))
        }
    }

    /// What the threads share.
    private final class Board: Sendable {
        let cancellers = Mutex<[Canceller?]>([])
        let processes = Mutex<[Int]>([])
        let leaks = Mutex<[String: String]>([:])
        let count = Atomic<Int>(0)
        let failures = Atomic<Int>(0)
        let cancels = Atomic<Int>(0)
        let cuts = Atomic<Int>(0)
        let isOver = Atomic<Bool>(false)

        func leak(_ what: String, _ example: String) {
            leaks.withLock { $0[what] = $0[what] ?? String(example.prefix(300)) }
        }
    }

    /// Rolled back on purpose.
    private struct Enough: Error {}

    @Test func tenantsNeverMeet() throws {
        let seed = ProcessInfo.processInfo.environment["TRADECRAFT_FUZZ_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0..<UInt64.max)
        print("StatementFuzzTests: TRADECRAFT_FUZZ_SEED=\(seed)")
        let database = try TestDatabase.clone()
        let ground = try IsolationGround(database, tenants: 4)
        let web = try Self.trials(database, .web), engine = try Self.trials(database, .engine)
        #expect(web.count > 100 && engine.count > 50)
        let board = Board()
        board.cancellers.withLock { $0 = Array(repeating: nil, count: Self.threads) }
        board.processes.withLock { $0 = Array(repeating: 0, count: Self.threads) }
        let start = SystemClock.monotonicNanoseconds()
        try inParallel(Self.threads + 1, seconds: 240) { number in
            var random = SeededRandom(seed: seed &+ UInt64(number))
            if number == Self.threads { return Self.disturb(board, database, &random) }
            // One thread in four is an engine.
            let role: TestDatabase.Role = number == 3 ? .engine : .web
            Self.work(number, role, role == .web ? web : engine, ground, database, board, &random)
            if board.count.load(ordering: .relaxed) >= Self.statementsWanted { board.isOver.store(true, ordering: .relaxed) }
        }
        let seconds = Double(SystemClock.monotonicNanoseconds() - start) / 1e9
        print("StatementFuzzTests: \(board.count.load(ordering: .relaxed)) statements, \(board.failures.load(ordering: .relaxed)) errors,",
              "\(board.cancels.load(ordering: .relaxed)) cancels, \(board.cuts.load(ordering: .relaxed)) cuts in \(seconds) s")
        #expect(board.count.load(ordering: .relaxed) >= Self.statementsWanted)
        #expect(board.cancels.load(ordering: .relaxed) > 10 && board.cuts.load(ordering: .relaxed) > 3)
        let leaks = board.leaks.withLock { $0 }.sorted { $0.key < $1.key }
        #expect(leaks.isEmpty, "seed \(seed): \(leaks.map { "\($0.key): \($0.value)" }.joined(separator: "\n"))")
    }

    // MARK: Threads

    private static func work(
        _ number: Int, _ role: TestDatabase.Role, _ trials: [Trial], _ ground: IsolationGround, _ database: TestDatabase, _ board: Board,
        _ random: inout SeededRandom
    ) {
        var options = ConnectionOptions(applicationName: "fuzz")
        options.lockMillisecondsMax = 20
        options.statementMillisecondsMax = 2_000
        var connection: Connection?
        while board.count.load(ordering: .relaxed) < statementsWanted {
            do {
                if connection?.isUsable != true {
                    let fresh = try database.connect(role, options: options)
                    connection = fresh
                    board.processes.withLock { $0[number] = fresh.serverProcess }
                    board.cancellers.withLock { $0[number] = fresh.canceller() }
                }
                guard let connection else { continue }
                try transaction(trials, role, ground, connection, board, &random)
                if random.next(below: 16) == 0 { try connection.runScript(isClean, name: "fuzz.is_clean") }
            } catch let error as PostgresError {
                if error.sqlState == "P0001" { board.leak("connection", error.message) }
                board.failures.wrappingAdd(1, ordering: .relaxed)
            } catch is Enough {
            } catch {
                board.leak("unexpected error", "\(error)")
            }
        }
    }

    /// Fails with P0001 when a tenant is left on a connection that no transaction holds.
    private static let isClean = """
        DO $$ BEGIN IF coalesce(current_setting('app.tenant_id', true), '') <> '' OR coalesce(current_setting('app.erased_skill_id', true), '') <> ''
        THEN RAISE 'a tenant was left behind'; END IF; END $$
        """

    private static func transaction(
        _ trials: [Trial], _ role: TestDatabase.Role, _ ground: IsolationGround, _ connection: Connection, _ board: Board,
        _ random: inout SeededRandom
    ) throws {
        let owner = random.next(below: 10) == 0 ? nil : ground.owners[random.next(below: ground.owners.count)]
        let scope: Scope = owner.map { .tenant($0.tenant) } ?? .platform
        var drawn = random
        defer { random = drawn }
        let isReadOnly = drawn.next(below: 2) == 0
        let length = 1 + drawn.next(below: 6)
        try connection.transaction(scope, isReadOnly ? .readOnly : .readWrite) { tx in
            var mayCommit = true
            for _ in 0..<length {
                let trial = trials[drawn.next(below: trials.count)]
                if isReadOnly, trial.writes { continue }
                mayCommit = mayCommit && (!trial.writes || trial.mayCommit)
                let parameters = trial.types.map { value(of: $0, for: owner, ground, &drawn) }
                board.count.wrappingAdd(1, ordering: .relaxed)
                do {
                    let rows = try tx.run(trial.statement, parameters)
                    guard trial.statement.sql != trial.original.sql else { continue }
                    try rows.forEach { row in
                        guard let text = try row.textOrNil("shown"),
                              IsolationGround.foreign(text, to: owner?.canary ?? "", among: ground.owners) != nil,
                              crossing[role.rawValue]?.contains(trial.original.name) != true else { return }
                        board.leak("\(role.rawValue) \(trial.original.name)", text)
                    }
                } catch let error as PostgresError {
                    // Parameters are random: a foreign canary in an error can only come from a row.
                    if IsolationGround.foreign("\(error) \(error.message)", to: owner?.canary ?? "", among: ground.owners) != nil {
                        board.leak("error of \(trial.original.name)", error.message)
                    }
                    throw error
                }
            }
            // Mostly undone: the ground stays as it was.
            if !isReadOnly, !mayCommit || drawn.next(below: 50) > 0 { throw Enough() }
        }
    }

    /// Something plausible of that type: mostly an id or a name that is somebody's. Never a canary.
    private static func value(of type: String, for owner: IsolationGround.Owner?, _ ground: IsolationGround, _ random: inout SeededRandom) -> Parameter {
        if random.next(below: 25) == 0 { return .null }
        let one = ground.owners[random.next(below: ground.owners.count)]
        let id = one.ids[random.next(below: one.ids.count)]
        let now = SystemClock().now()
        switch type {
        case "uuid": return .uuid(id)
        case "uuid[]": return .uuidArray([id, one.ids[0]])
        case "text":
            let words = [one.slug, one.email, one.slug.replacing("slug", with: "handle"), id.description, "owner", "active", "", "%", "'"]
            return .text(words[random.next(below: words.count)])
        case "text[]": return .textArray([one.slug, "skills:read"])
        case "bytea": return .digest(one.digest)
        case "bigint", "integer", "smallint": return .int(Int64(random.next(below: 12)) - 1)
        case "boolean": return .bool(random.next(below: 2) == 0)
        case "timestamp with time zone": return .instant(now.advanced(byMilliseconds: Int64(random.next(below: 4) - 2) * 3_600_000))
        case "jsonb", "json": return .json(["id": .string(id.description)])
        case "date": return .date(now.date)
        case "double precision", "real", "numeric": return .double(Double(random.next(below: 100)) / 10)
        default: return .null
        }
    }

    /// Cancels and cuts, until the others are done.
    private static func disturb(_ board: Board, _ database: TestDatabase, _ random: inout SeededRandom) {
        guard let connection = try? database.connect(.web) else { return board.leak("setup", "no connection to disturb with") }
        let engine = try? database.connect(.engine)
        while board.count.load(ordering: .relaxed) < statementsWanted {
            usleep(useconds_t(500 + random.next(below: 4_000)))
            let number = random.next(below: threads)
            if random.next(below: 40) == 0 {
                let process = board.processes.withLock { $0[number] }
                guard process != 0 else { continue }
                // Each role may end its own.
                let by = number == 3 ? engine : connection
                if (try? by?.runScript("SELECT pg_terminate_backend(\(process))", name: "fuzz.cut")) != nil { board.cuts.wrappingAdd(1, ordering: .relaxed) }
            } else if board.cancellers.withLock({ $0[number] })?.cancel() == true {
                board.cancels.wrappingAdd(1, ordering: .relaxed)
            }
        }
    }
}
