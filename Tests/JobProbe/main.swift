// An engine with nothing but test jobs: `job-probe ADDRESS THREADS GUESTS`. Tests start it, stop it and kill it.
import Base
import Glibc
import Jobs
import Postgres

/// Notes in `effects` who did the job, after working for `milliseconds`, stopping at checkpoints.
struct EffectHandler: JobHandler {
    let kind: String
    let version = 1
    let stopsAtCheckpoints: Bool

    static let insert = Statement("probe.insert", "INSERT INTO effects (job_id, attempt, process) VALUES ($1, $2, $3)")

    func perform(_ job: JobContext) throws {
        let milliseconds = Int(job.arguments["milliseconds"]?.int ?? 0)
        for step in 0..<max(1, milliseconds / 10) {
            if stopsAtCheckpoints { try job.checkpoint() }
            usleep(UInt32(min(milliseconds, 10)) * 1_000)
            job.progress(Double(step) / Double(max(1, milliseconds / 10)))
        }
        try job.complete { tx in
            try tx.run(Self.insert, .uuid(job.id), .int(job.attempt), .int(Int(getpid())))
        }
    }
}

guard CommandLine.arguments.count == 4, let threads = Int(CommandLine.arguments[2]),
      let guests = Int(CommandLine.arguments[3]) else {
    print("usage: job-probe ADDRESS THREADS GUESTS")
    exit(2)
}
let address = CommandLine.arguments[1]

// Blocked before any thread exists, so that only the thread below receives it.
var signals = sigset_t()
_ = unsafe sigemptyset(&signals)
_ = unsafe sigaddset(&signals, SIGTERM)
_ = unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)

let stop = StopSignal()
let waiter = SignalWaiter(stop)
waiter.start()

let runner = JobRunner(
    connect: { try Connection(address, options: ConnectionOptions(applicationName: "job-probe")) },
    handlers: [
        EffectHandler(kind: "probe.effect", stopsAtCheckpoints: true),
        EffectHandler(kind: "probe.stubborn", stopsAtCheckpoints: false),
    ],
    threads: threads, guests: guests, log: .standardError)
try runner.run(until: stop)
