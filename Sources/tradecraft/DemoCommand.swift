internal import ArgumentParser
internal import Base
internal import Gateways
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage
internal import Trading

/// `tradecraft demo seed`: authors and skills to look at. Every figure comes from the engine, through jobs.
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Fill an empty platform with demo authors and skills.", subcommands: [Seed.self])

    struct Seed: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Store the synthetic market, make the demo authors, publish their skills and wait for the evaluations.",
            discussion: "Run again, it adds what is missing and changes nothing else.")

        @Option(help: "Folder with demo.json and the skills.")
        var folder = "ops/demo"

        @Option(help: "Seconds to wait for the evaluations.")
        var wait = 300

        @OptionGroup var database: DatabaseOptions

        func run() throws {
            let plan = try DemoPlan(folder: folder)
            let owner = try database.connect(.owner, as: "demo")
            let months = try owner.transaction(.platform, .readWrite) { tx in try storeCandles(in: tx) }
            progress("synthetic market: \(SyntheticMarket.names.count) instruments, \(months) months stored")
            let web = try database.connect(.web, as: "demo")
            var tenants: [String: ID<Tenant>] = [:]
            for author in plan.authors { tenants[author.handle] = try ensure(author, web) }
            progress("authors: \(plan.authors.map { "@" + $0.handle }.joined(separator: " "))")
            for (position, entry) in plan.skills.enumerated() {
                try publish(entry, plan, tenants, web)
                progress("published \(position + 1) of \(plan.skills.count): @\(entry.handle)/\(entry.slug)")
            }
            try waitForEvaluations(plan, web)
            printAccounts(plan)
        }

        /// What moves while one waits; the accounts alone go to standard output.
        private func progress(_ text: String) { BoundedFile.printError(text) }

        /// One year of every instrument, the same on every machine.
        private func storeCandles(in tx: borrowing Transaction) throws -> Int {
            guard let from = CalendarDate(year: 2025, month: 1, day: 1), let to = CalendarDate(year: 2026, month: 1, day: 1) else { return 0 }
            let series = SyntheticMarket.names.compactMap {
                SyntheticMarket.series(named: $0, timeframe: .fiveMinutes, from: from.start, to: to.start, seed: SyntheticMarket.seedDefault)
            }
            return try CandleImport.store(series, source: "synthetic", replace: false, in: tx)
        }

        private func ensure(_ author: DemoPlan.Author, _ connection: Connection) throws -> ID<Tenant> {
            if let tenant = try connection.transaction(.platform, .readOnly, { tx in try MemberTable.tenant(ofHandle: author.handle, in: tx) }) {
                return tenant
            }
            var ids = Authoring.Identifiers(now: SystemClock().now())
            let tenant: ID<Tenant> = ids.next()
            let member: ID<Member> = ids.next()
            let hash = try PasswordHash.make(Secret(DemoPlan.password))
            try connection.transaction(.tenant(tenant), .readWrite) { tx in
                try MemberTable.insert(
                    MemberTable.NewMember(member: member, tenant: tenant, email: author.email, handle: author.handle,
                                          displayName: author.name, passwordHash: Secret(hash), verifiedAt: SystemClock().now()), in: tx)
            }
            return tenant
        }

        private func publish(_ entry: DemoPlan.Entry, _ plan: DemoPlan, _ tenants: [String: ID<Tenant>], _ connection: Connection) throws {
            guard let tenant = tenants[entry.handle] else { throw CommandFailure("demo.json names no author @\(entry.handle).") }
            let folder: SkillFolder
            let manifest: Manifest
            do {
                folder = try SkillFolder(folder: "\(self.folder)/skills/\(entry.handle)/\(entry.slug)")
                manifest = try folder.manifest()
            } catch let problems as SkillProblems {
                throw CommandFailure("@\(entry.handle)/\(entry.slug): \(problems)")
            }
            let files = VersionTable.Files(
                skillMD: String(decoding: folder.skill, as: UTF8.self), entry: folder.entry.map { String(decoding: $0, as: UTF8.self) },
                exit: folder.exit.map { String(decoding: $0, as: UTF8.self) })
            try connection.transaction(.tenant(tenant), .readWrite) { tx in
                guard try SkillTable.find(slug: manifest.slug, in: tx) == nil else { return }
                var ids = Authoring.Identifiers(now: SystemClock().now())
                let source = try entry.source.map { try forkSource($0, in: tx) }
                let made = try Authoring.create(manifest, files: files, source: source, ids: &ids, in: tx)
                let subject = RunOrdering.Subject(
                    owner: tenant, handle: entry.handle, skill: made.skill, lineage: source?.lineage ?? made.skill, version: made.version,
                    number: 1, manifest: manifest)
                do {
                    _ = try Authoring.publish(subject, files: files, source: source?.fork, visibility: .public,
                                              coverage: try CandleCoverage(in: tx), ids: &ids, in: tx)
                } catch let refusal as Authoring.Refusal {
                    throw CommandFailure("@\(entry.handle)/\(entry.slug): \(refusal.sentence)")
                }
            }
        }

        private func forkSource(_ address: (handle: String, slug: String), in tx: borrowing Transaction) throws -> (fork: ForkSource, lineage: ID<Skill>) {
            guard let listing = try ListingTable.find(handle: address.handle, slug: address.slug, in: tx) else {
                throw CommandFailure("demo.json forks @\(address.handle)/\(address.slug) before it is published.")
            }
            let p = listing.publication
            return (ForkSource(skill: p.skill, version: p.version, handle: p.handle, slug: p.slug, number: p.versionNumber, hash: p.skillHash), p.lineage)
        }

        private func waitForEvaluations(_ plan: DemoPlan, _ connection: Connection) throws {
            let start = SystemClock.monotonicNanoseconds()
            var last = -1
            while true {
                let rows = try connection.transaction(.platform, .readOnly) { tx in
                    try plan.skills.compactMap { try ListingTable.find(handle: $0.handle, slug: $0.slug, in: tx) }
                }
                if let failed = rows.first(where: { $0.evaluation == .failed }) {
                    throw CommandFailure("The evaluation of @\(failed.publication.handle)/\(failed.publication.slug) failed; /runs/\(failed.publication.evaluationRun) says why.")
                }
                let done = rows.count { $0.evaluation == .completed }
                if done != last { progress("evaluated \(done) of \(plan.skills.count)") }
                if done == plan.skills.count { return }
                last = done
                guard SystemClock.monotonicNanoseconds() - start < Int64(wait) * 1_000_000_000 else {
                    throw CommandFailure("Only \(done) of \(plan.skills.count) evaluations ended in \(wait) s. Is `tradecraft engine` running?")
                }
                Pause.milliseconds(200)
            }
        }

        private func printAccounts(_ plan: DemoPlan) {
            print("Demo accounts (password for all: \(DemoPlan.password)):")
            for author in plan.authors { print("  \(author.email)  @\(author.handle)") }
        }
    }
}
