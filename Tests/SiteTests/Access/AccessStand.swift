import Base
import Foundation
import HTTP
import Marketplace
import Postgres
import Security
import Site
import Storage
import Testing
import TestSupport
import Trading

/// The team @crew with a member of every kind, @beta who is no member, and things of theirs to ask for.
final class AccessStand {
    let stand: StudioStand
    private let site: Site
    private let streams: Site
    let team: ID<Tenant> = newID()
    private let web: Connection
    private let engine: Connection
    private var people: [AccessTable.Column: Person] = [:]
    private(set) var samples = Samples()

    /// Somebody who can log in, and the tenant they then work for.
    struct Person {
        let member: ID<Member>
        let home: ID<Tenant>
        let acting: ID<Tenant>
        let handle: String
    }

    /// What there is of the team, to be read and never changed.
    struct Samples {
        var publishedSlug = "drift"
        var draftSlug = ""
        var draft: ID<Skill> = newID()
        var run: ID<Run> = newID()
    }

    init() throws {
        stand = try StudioStand()
        web = try stand.site.clone.connect(.web)
        engine = try stand.site.clone.connect(.engine)
        streams = stand.site.streams()
        site = try Self.site(stand.site)
        for column in AccessTable.Column.allCases where column != .out { people[column] = try enrol(column) }
        try prepare()
    }

    /// As it is served: with the repository's pages and descriptions.
    private static func site(_ test: TestSite) throws -> Site {
        let web = AccessTable.path.replacing("/docs/access.md", with: "/web")
        let locks = FileManager.default.temporaryDirectory.appendingPathComponent("locks-access-\(ProcessInfo.processInfo.processIdentifier)").path
        try FileManager.default.createDirectory(atPath: locks, withIntermediateDirectories: true)
        return Site(
            features: Site.features, assets: try Assets(folder: web), hashSlots: HashSlots(folder: locks), settings: TestSite.settings,
            metrics: Metrics(process: "test"), log: .silent)
    }

    // MARK: People

    private static let insertTeam = Statement("access.team", "INSERT INTO tenants (tenant_id, kind) VALUES ($1, 'team')")
    private static let insertRules = Statement("access.rules", "INSERT INTO teams (tenant_id) VALUES ($1)")
    private static let insertHandle = Statement(
        "access.handle", "INSERT INTO handles (tenant_id, handle, display_name) VALUES ($1, $2, $2)")
    private static let join = Statement(
        "access.join", "INSERT INTO memberships (tenant_id, member_id, role, home_tenant_id) VALUES ($1, $2, $3, $4)")
    private static let setState = Statement("access.state", "UPDATE members SET state = $2 WHERE tenant_id = $1")
    private static let endRuns = Statement(
        "access.end_runs", "UPDATE runs SET state = 'cancelled', finished_at = now() WHERE tenant_id = $1 AND state IN ('queued', 'running')")
    private static let insertToken = Statement("access.token", """
        INSERT INTO api_tokens (tenant_id, token_id, member_id, name, token_sha256, scopes, created_at, expires_at)
        VALUES ($1, $2, $3, 'test', $4, $5, now(), now() + interval '1 hour')
        """)

    private func enrol(_ column: AccessTable.Column) throws -> Person {
        let handle = "crew-" + column.rawValue.split(separator: " ").joined(separator: "-")
        let reader = try stand.site.member(
            handle, isAdmin: column == .admin, isVerified: column != .unverified, hasFactor: column != .noFactor)
        let member = try #require(reader.member)
        if column == .suspended {
            try write(reader.tenant) { tx in try tx.run(Self.setState, .uuid(reader.tenant), .text("suspended")) }
        }
        guard column != .other else { return Person(member: member, home: reader.tenant, acting: reader.tenant, handle: handle) }
        let role: Role = switch column {
        case .viewer: .viewer
        case .trader: .trader
        case .author: .author
        default: .owner
        }
        try write(team) { [team] tx in
            if column == .viewer {
                try tx.run(Self.insertTeam, .uuid(team))
                try tx.run(Self.insertRules, .uuid(team))
                try tx.run(Self.insertHandle, .uuid(team), .text("crew"))
            }
            try tx.run(Self.join, .uuid(team), .uuid(member), .text(role.rawValue), .uuid(reader.tenant))
        }
        return Person(member: member, home: reader.tenant, acting: team, handle: handle)
    }

    func person(_ column: AccessTable.Column) throws -> Person { try #require(people[column]) }

    func write<Value>(_ tenant: ID<Tenant>, _ body: (borrowing Transaction) throws -> Value) throws -> Value {
        try web.transaction(.tenant(tenant), .readWrite, body)
    }

    // MARK: Things

    private func prepare() throws {
        let published = try makeSkill(slug: samples.publishedSlug, note: "Buy.", publish: true)
        try write(team) { tx in
            var ids = Authoring.Identifiers(now: SystemClock().now())
            let files = Self.files(slug: "drift", note: "Buy and hold.")
            guard let row = try SkillTable.find(published, in: tx) else { return }
            _ = try Authoring.save(try Authoring.manifest(of: files), files: files, as: row, ids: &ids, in: tx)
        }
        try publish(published)
        samples.draftSlug = "draft"
        samples.draft = try makeSkill(slug: "draft", note: "Wait.", publish: false)
        samples.run = try makeRun()
        let run = samples.run
        try engine.transaction(.tenant(team), .readWrite) { tx in
            _ = try RunTable.start(run, in: tx)
            _ = try RunTable.complete(
                run, datasetHash: .of("data"), decisionLogHash: .of("log"), report: RunTests.report, curve: RunTests.curve,
                trades: [RunTests.trade("BTC", 1, profit: "12")], in: tx)
            try RunDecisionTable.insert([RunTests.decision(0, fills: []), RunTests.decision(1, fills: [])], run: run, in: tx)
        }
    }

    static func files(slug: String, note: String) -> VersionTable.Files {
        VersionTable.Files(
            skillMD: """
                ---
                name: \(slug)
                slug: \(slug)
                summary: Buys and waits.
                model: none
                universe: [BTC]
                timeframe: 1h
                cadence: every_bar
                risk:
                  max_order_usd: 1000
                  max_position_usd: 1000
                licence: open
                ---
                \(note)
                """,
            entry: "export function entry(ctx) { return { side: \"long\", reason: \"always\" }; }\n", exit: nil)
    }

    /// A new skill of the team.
    func makeSkill(slug: String, note: String, publish: Bool) throws -> ID<Skill> {
        let skill = try write(team) { tx in
            var ids = Authoring.Identifiers(now: SystemClock().now())
            let files = Self.files(slug: slug, note: note)
            return try Authoring.create(try Authoring.manifest(of: files), files: files, source: nil, ids: &ids, in: tx).skill
        }
        if publish { try self.publish(skill) }
        return skill
    }

    private func publish(_ skill: ID<Skill>) throws {
        try write(team) { [team] tx in
            guard let row = try SkillTable.find(skill, in: tx), let version = try VersionTable.find(row.latestVersion, in: tx) else { return }
            var ids = Authoring.Identifiers(now: SystemClock().now())
            let subject = RunOrdering.Subject(
                owner: team, handle: "crew", skill: skill, lineage: row.lineage, version: version.id, number: version.number,
                manifest: try Authoring.manifest(of: version.files))
            _ = try Authoring.publish(
                subject, files: version.files, source: nil, visibility: .public, coverage: try CandleCoverage(in: tx), ids: &ids, in: tx)
        }
    }

    /// A new run of the team that waits.
    func makeRun() throws -> ID<Run> {
        let id: ID<Run> = newID()
        try write(team) { [team] tx in
            try RunTable.insert(
                RunTable.Order(
                    id: id, purpose: .backtest, owner: team, skill: newID(), version: newID(), versionNumber: 1, skillHash: .of("skill"),
                    skillTitle: "Drift", authorHandle: "crew", skillSlug: "drift", timeframe: .oneHour, universe: ["BTC"],
                    from: StudioStand.firstDay.start, to: StudioStand.firstDay.start.advanced(byMilliseconds: 86_400_000), seed: 1, model: nil),
                in: tx)
        }
        return id
    }

    // MARK: Requests

    /// The path that `column` asks for: things that the request may change are made for it alone.
    func path(_ route: Route, _ column: AccessTable.Column) throws -> String {
        try route.pattern.split(separator: "/", omittingEmptySubsequences: false).map { segment in
            guard let colon = segment.firstIndex(of: ":") else { return String(segment) }
            return segment[..<colon] + (try value(String(segment[segment.index(after: colon)...]), route, column))
        }.joined(separator: "/")
    }

    private static let insertLink = Statement("access.passkey", """
        INSERT INTO passkeys (tenant_id, credential_id, passkey_id, member_id, name, public_key, algorithm, sign_count, transports,
            backup_eligible, backed_up, aaguid, created_at)
        VALUES ($1, $2, $3, $4, 'key', '\\x02', -7, 0, '{}', false, false, $3, now())
        """)
    private static let invite = Statement("access.invite", """
        INSERT INTO invitations (tenant_id, invitation_id, email, role, token_sha256, invited_by, created_at, expires_at)
        VALUES ($1, $2, $3, 'viewer', $4, $5, now(), now() + interval '1 hour')
        """)

    /// Something to act on, made for this request: of the team, or of whoever asks; to `other` it is another's. Nil where
    /// nothing is known of such things.
    private func object(of pattern: String, _ column: AccessTable.Column) throws -> ID<Skill>? {
        let owner = try person(column == .other || column == .out ? .owner : column)
        let id: ID<Skill> = newID()
        if pattern.contains("/passkeys/") {
            try write(owner.home) { tx in
                _ = try tx.run(Self.insertLink, .uuid(owner.home), .digest(.of(id.description)), .uuid(id), .uuid(owner.member))
            }
        } else if pattern.contains("/sessions/") {
            let session = ID<LoginSession>(high: id.high, low: id.low), token = SessionToken()
            try write(owner.home) { tx in
                try LoginSessionTable.insert(
                    .init(id: session, member: owner.member, tenant: owner.home, userAgent: "test", network: ""), token: token.digest,
                    at: SystemClock().now(), in: tx)
            }
        } else if pattern.contains("/tokens/") {
            try write(team) { [team] tx in
                _ = try tx.run(Self.insertToken, .uuid(team), .uuid(id), .uuid(owner.member), .digest(.of(id.description)),
                               .textArray([TokenScope.skillsRead.rawValue]))
            }
        } else if pattern.contains("/team/invitations/") {
            try write(team) { [team] tx in
                _ = try tx.run(Self.invite, .uuid(team), .uuid(id), .text("\(id)@example.org"), .digest(.of(id.description)), .uuid(owner.member))
            }
        } else if pattern.contains("/members/") {
            let reader = try stand.site.member("m" + id.description.suffix(12))
            guard let member = reader.member else { return nil }
            try write(team) { [team] tx in
                _ = try tx.run(Self.join, .uuid(team), .uuid(member), .text("viewer"), .uuid(reader.tenant))
            }
            return ID(high: member.high, low: member.low)
        } else {
            return nil
        }
        return id
    }

    private func value(_ name: String, _ route: Route, _ column: AccessTable.Column) throws -> String {
        let pattern = route.pattern
        let isRead = route.method == .get
        switch name {
        case "handle": return "crew"
        case "number", "n": return "1"
        case "range": return "1...2"
        case "slug" where pattern.hasPrefix("/docs/"): return "authoring"
        case "slug" where pattern.hasPrefix("/studio/skills/"):
            if isRead { return samples.draftSlug }
            let slug = "s" + fresh(Skill.self).description.suffix(12)
            _ = try makeSkill(slug: slug, note: slug, publish: false)
            return slug
        case "slug": return samples.publishedSlug
        case "id" where pattern.hasPrefix("/runs/") || pattern.hasPrefix("/api/v1/runs/"):
            return isRead ? samples.run.description : try makeRun().description
        case "id" where pattern.hasPrefix("/api/v1/studio/skills/"):
            if isRead { return samples.draft.description }
            let slug = "s" + fresh(Skill.self).description.suffix(12)
            return try makeSkill(slug: slug, note: slug, publish: false).description
        case "event":
            let event = AuditEvent(
                tenant: team, actor: nil, actorKind: .platform, action: .skillMade, place: .nowhere, requestID: "", at: SystemClock().now())
            return try write(team) { tx in try AuditTable.record(event, in: tx) }.description
        case "id": return try object(of: pattern, column)?.description ?? fresh(Skill.self).description
        default: return fresh(Skill.self).description
        }
    }

    private func fresh<Entity>(_: Entity.Type) -> ID<Entity> { newID() }

    /// Sends `route`'s request as `column`, with an empty form or object, and gives the answer.
    func ask(_ route: Route, as column: AccessTable.Column, path: String? = nil) throws -> Response {
        var headers = Headers()
        var form: [Fields.Pair] = []
        let isAPI = route.pattern.hasPrefix("/api/")
        switch column {
        case .out:
            headers.set("cookie", "tc_visit=somebody")
            form = [.init("form_token", FormToken.derive(from: "somebody"))]
        case .tokenWithout, .tokenWith: headers.set("authorization", "Bearer " + (try token(for: route, column)))
        default:
            let token = try session(column)
            headers.set("cookie", "tc_session=\(token.cookie); tc_visit=somebody")
            form = [.init("form_token", column == .suspended ? FormToken.derive(from: "somebody") : token.form)]
        }
        var body: [UInt8] = []
        if route.method != .get {
            if isAPI {
                headers.set("content-type", "application/json")
                if let field = form.first { headers.set("x-form-token", field.value) }
                body = Array("{}".utf8)
            } else {
                headers.set("content-type", "application/x-www-form-urlencoded")
                body = Array(Fields(form).encoded.utf8)
            }
            try freeRuns(column)
        }
        let target = try path ?? self.path(route, column)
        let site = route.pattern.hasSuffix("/events") ? streams : site
        return site.respond(
            try Request(method: route.method.rawValue, target: target, headers: headers, body: body), on: stand.site.database)
    }

    /// A session of its own for every request: one that ends a session ends no other's.
    private func session(_ column: AccessTable.Column) throws -> (cookie: String, form: String) {
        let person = try person(column)
        let id: ID<LoginSession> = newID(), token = SessionToken(), now = SystemClock().now()
        try write(person.home) { tx in
            try LoginSessionTable.insert(
                .init(id: id, member: person.member, tenant: person.home, userAgent: "test", network: ""), token: token.digest, at: now,
                in: tx)
            try LoginSessionTable.switchTenant(id, home: person.home, to: person.acting, in: tx)
            if column == .noProof {
                try LoginSessionTable.prove(id, tenant: person.home, token: token.digest, at: Instant(milliseconds: 0), in: tx)
            }
        }
        return (token.text.reveal(), TestSite.formToken(id, for: person.acting))
    }

    /// A token of the owner's with every scope, or with one that is not the route's.
    private func token(for route: Route, _ column: AccessTable.Column) throws -> String {
        let person = try person(.owner)
        let all = TokenScope.allCases
        let scopes = column == .tokenWith ? all : Array(all.filter { $0 != route.requirement.scope }.prefix(1))
        let token = APITokenText()
        try write(team) { [team] tx in
            try tx.run(
                Self.insertToken, .uuid(team), .uuid(fresh(APIToken.self)), .uuid(person.member), .digest(token.digest),
                .textArray(scopes.map(\.rawValue)))
        }
        return token.text.reveal()
    }

    /// Ends what waits, so that no limit on waiting runs stands between.
    private func freeRuns(_ column: AccessTable.Column) throws {
        for tenant in [team, try person(.other).acting] {
            try write(tenant) { tx in try tx.run(Self.endRuns, .uuid(tenant)) }
        }
    }
}
