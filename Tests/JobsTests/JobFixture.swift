import Base
import Foundation
import Jobs
import Postgres
import TestSupport

/// A database with a queue, two tenants and a table that counts effects.
final class JobFixture {
    let database: TestDatabase
    let web: Connection
    let engine: Connection
    let tenants: Tenants

    init() throws {
        database = try TestDatabase.clone()
        web = try database.connect(.web)
        engine = try database.connect(.engine)
        tenants = try Tenants(on: web)
        try database.connect(.owner).runScript("""
            CREATE TABLE effects (job_id uuid NOT NULL, attempt int NOT NULL, process int NOT NULL, at timestamptz DEFAULT now());
            GRANT SELECT, INSERT ON effects TO tradecraft_engine
            """, name: "fixture.create")
    }

    var address: String { database.address(.engine) }

    /// Enqueues as the web does.
    func enqueue(_ request: JobRequest) throws -> ID<Job> {
        try web.transaction(request.tenant.map(Scope.tenant) ?? .platform, .readWrite) { tx in
            try JobQueue.enqueue(request, in: tx)
        }
    }

    /// A job of alpha's unless told otherwise.
    func request(
        _ kind: String, milliseconds: Int = 0, tenant: ID<Tenant>? = nil, attemptsMax: Int = 5, uniqueKey: String? = nil
    ) -> JobRequest {
        JobRequest(
            kind: kind, arguments: ["milliseconds": .int(milliseconds)], tenant: tenant ?? tenants.alpha,
            uniqueKey: uniqueKey, attemptsMax: attemptsMax)
    }

    /// Many at once, by SQL: the figures are about claims, not about enqueuing.
    func flood(_ kind: String, count: Int, milliseconds: Int, tenant: ID<Tenant>) throws {
        let insert = Statement("fixture.flood", """
            INSERT INTO jobs (job_id, tenant_id, kind, version, arguments, priority, attempts_max)
            SELECT gen_random_uuid(), $1, $2, 1, jsonb_build_object('milliseconds', $3::int), 5, 100
              FROM generate_series(1, $4::int)
            """)
        try engine.transaction(.tenant(tenant), .readWrite) { tx in
            try tx.run(insert, .uuid(tenant), .text(kind), .int(milliseconds), .int(count))
        }
    }

    func status(_ id: ID<Job>, tenant: ID<Tenant>? = nil) throws -> JobStatus? {
        try web.transaction(.tenant(tenant ?? tenants.alpha), .readOnly) { tx in try JobQueue.status(id, in: tx) }
    }

    func cancel(_ id: ID<Job>, tenant: ID<Tenant>? = nil) throws -> Bool {
        try web.transaction(.tenant(tenant ?? tenants.alpha), .readWrite) { tx in try JobQueue.cancel(id, in: tx) }
    }

    func state(_ id: ID<Job>, tenant: ID<Tenant>? = nil) throws -> JobState? { try status(id, tenant: tenant)?.state }

    func waitForState(
        _ state: JobState, _ id: ID<Job>, tenant: ID<Tenant>? = nil, seconds: Double = 10
    ) throws -> Double {
        try waitUntil("the job is \(state)", seconds: seconds) { try self.state(id, tenant: tenant) == state }
    }

    func number(_ sql: String, _ parameters: [Parameter] = []) throws -> Int {
        let statement = Statement("fixture." + Digest.of(sql).short, sql)
        return try engine.transaction(.platform, .readOnly) { tx in try tx.run(statement, parameters).only { try $0.int(0) } }
    }

    /// Starts a runner in this process. `stop` ends it.
    func start(
        _ handlers: [any JobHandler], threads: Int = 2, guests: Int = 1,
        settings: JobRunnerSettings = JobRunnerSettings(), log: Log = .silent
    ) -> RunnerUnderTest {
        let address = address
        let runner = JobRunner(
            connect: { try Connection(address, options: ConnectionOptions(applicationName: "runner")) },
            handlers: handlers, threads: threads, guests: guests, settings: settings, log: log)
        return RunnerUnderTest(runner)
    }

    /// Starts an engine process.
    func startProcess(threads: Int = 2, guests: Int = 0) throws -> EngineProcess {
        try EngineProcess(address: address, threads: threads, guests: guests)
    }
}

/// A runner on a thread of its own, stopped with the fixture that made it.
final class RunnerUnderTest {
    private let stopSignal = StopSignal()
    private let ended = StopSignal()

    init(_ runner: JobRunner) {
        Thread.detachNewThread { [stopSignal, ended] in
            do { try runner.run(until: stopSignal) } catch { print("The runner failed: \(error)") }
            ended.request()
        }
    }

    /// Asks for the end and waits for it.
    func stop() throws {
        stopSignal.request()
        guard ended.wait(milliseconds: 20_000) else { throw DeadlineError(description: "The runner did not stop in 20 s") }
    }

    deinit {
        stopSignal.request()
        ended.wait(milliseconds: 20_000)
    }
}

/// A `job-probe` process and what it wrote on standard error. Killed when forgotten.
final class EngineProcess {
    private let process = Process()
    private let logPath: String
    var id: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    init(address: String, threads: Int, guests: Int) throws {
        logPath = NSTemporaryDirectory() + "/job-probe-\(UUID().uuidString).log"
        _ = FileManager.default.createFile(atPath: logPath, contents: nil)
        process.executableURL = Self.executable
        process.arguments = [address, String(threads), String(guests)]
        process.standardError = FileHandle(forWritingAtPath: logPath)
        try process.run()
    }

    /// Beside the bundle of tests.
    private static let executable: URL = {
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
        var folder = URL(fileURLWithPath: bundle)
        while folder.pathComponents.count > 1 {
            folder.deleteLastPathComponent()
            let candidate = folder.appendingPathComponent("job-probe")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
        }
        return URL(fileURLWithPath: "job-probe")
    }()

    var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    func signal(_ number: Int32) { kill(id, number) }

    func waitForEnd(seconds: Double) throws {
        try waitUntil("process \(id) ends", seconds: seconds) { !process.isRunning }
    }

    deinit {
        if process.isRunning {
            kill(id, SIGKILL)
            process.waitUntilExit()
        }
        try? FileManager.default.removeItem(atPath: logPath)
    }
}
