internal import Base
internal import Engine
internal import Postgres
internal import Storage

/// Whether the audit log is kept: not halted, and signed in the last minutes.
extension DoctorCommand {
    /// A quiet log is signed once a minute; three are patience enough for a machine that is busy.
    private static let silenceMillisecondsMax: Int64 = 180_000

    static func audit(_ state: DoctorState) -> [Finding] {
        func finding(_ ok: Bool, _ detail: String) -> [Finding] { [Finding(check: "audit", subject: "checkpoints", ok: ok, detail: detail)] }
        if let reason = CheckpointFolder("\(state.folder)/transparency").haltReason {
            return finding(false, "nothing is signed: \(reason) docs/audit.md says what to do")
        }
        guard let conninfo = state.webConnection else { return [] }
        do {
            let connection = try Connection(conninfo, options: ConnectionOptions(applicationName: "tradecraft doctor"))
            guard let newest = try connection.transaction(.platform, .readOnly, { tx in try LogTable.newestCheckpoint(in: tx) }) else {
                return finding(false, "no checkpoint was ever signed; is an engine running with --transparency?")
            }
            let age = SystemClock().now().milliseconds - newest.createdAt.milliseconds
            let facts = "checkpoint \(newest.number) over \(newest.treeSize) leaves, \(max(0, age) / 1_000) s old"
            return finding(
                age <= silenceMillisecondsMax, age <= silenceMillisecondsMax ? facts : facts + "; no engine signs the log, see its log")
        } catch {
            return finding(false, "cannot be read: \(error)")
        }
    }
}
