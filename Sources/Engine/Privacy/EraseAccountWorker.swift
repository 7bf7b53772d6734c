internal import Base
public import Jobs
internal import Storage

/// Does the job `erase-account`: one transaction, so that it is done or not.
public struct EraseAccountWorker: JobHandler {
    public let kind = EraseAccount.kind
    public let version = EraseAccount.version

    public init() {}

    public func perform(_ job: JobContext) throws {
        guard let task = EraseAccount(job.arguments), let home = job.tenant else {
            throw JobFailure.permanent(reason: ["reason": "the job's arguments are not those of a deleted account"])
        }
        try job.complete { tx in
            for tenant in task.tenants { try ErasureTable.erase(tenant, home: home, in: tx) }
            try ErasureTable.forgetPlaces(of: task.member, home: home, in: tx)
        }
    }
}
