public import Base
public import Jobs

/// The job that simulates one run and writes its report.
public struct SimulateRun: Sendable {
    public static let kind = "simulate-run"
    public static let version = 1

    /// Whose the run is; the house for an evaluation.
    public let tenant: ID<Tenant>
    public let run: ID<Run>

    public init(tenant: ID<Tenant>, run: ID<Run>) {
        self.tenant = tenant
        self.run = run
    }

    /// Nil for arguments of another shape.
    public init?(_ arguments: JSON) {
        guard let tenant = arguments["tenant"]?.string.flatMap({ ID<Tenant>($0) }),
              let run = arguments["run"]?.string.flatMap({ ID<Run>($0) }) else { return nil }
        self.init(tenant: tenant, run: run)
    }

    /// `owner` is the tenant whose turn in the queue it takes. A reader waits for a backtest: those go first.
    public func request(owner: ID<Tenant>, priority: Int) -> JobRequest {
        JobRequest(kind: Self.kind, version: Self.version,
                   arguments: ["tenant": .string(tenant.description), "run": .string(run.description)],
                   tenant: owner, priority: priority, uniqueKey: "run:\(run)", attemptsMax: 3)
    }
}
