import Base
import Foundation
import HTTP
import Marketplace
import Postgres
import Security
import Site
import Storage
import Synchronization
import Testing
import TestSupport

/// Every route, in every order, as everybody, with everybody's ids: no answer ever carries what is another tenant's.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct RequestFuzzTests {
    private static let requestsWanted = 20_000
    private static let threads = 3
    private static let routes = Site.features.flatMap { $0 }

    private final class Board: Sendable {
        let leaks = Mutex<[String: String]>([:])
        let statuses = Mutex<[Int: Int]>([:])
        let count = Atomic<Int>(0)
    }

    private static let insertToken = Statement("fuzz.token", """
        INSERT INTO api_tokens (tenant_id, token_id, member_id, name, token_sha256, scopes, created_at, expires_at)
        VALUES ($1, $2, $3, 'fuzz', $4, $5, now(), now() + interval '1 hour')
        """)

    /// How somebody shows who they are.
    private struct Badge {
        let owner: IsolationGround.Owner?
        var cookie = "tc_visit=somebody"
        var formToken = FormToken.derive(from: "somebody")
        var bearer: String?
    }

    @Test func answersNeverCarryAnothersRows() throws {
        let seed = ProcessInfo.processInfo.environment["TRADECRAFT_FUZZ_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0..<UInt64.max)
        print("RequestFuzzTests: TRADECRAFT_FUZZ_SEED=\(seed)")
        let test = try TestSite()
        let site = test.site, streams = test.streams(), clone = test.clone
        let ground = try IsolationGround(clone, tenants: 4)
        let board = Board()
        let start = SystemClock.monotonicNanoseconds()
        try inParallel(Self.threads, seconds: 240) { number in
            var random = SeededRandom(seed: seed &+ UInt64(number))
            let database = Database { try clone.connect(.web) }
            do {
                while board.count.load(ordering: .relaxed) < Self.requestsWanted {
                    let badge = try Self.badge(ground, database, &random)
                    for _ in 0..<40 {
                        let route = Self.routes[random.next(below: Self.routes.count)]
                        let pool = route.pattern.hasSuffix("/events") ? streams : site
                        let response = pool.respond(try Self.request(route, badge, ground, &random), on: database)
                        Self.check(response, route, badge, ground, board)
                    }
                }
            } catch {
                board.leaks.withLock { $0["unexpected error"] = "\(error)" }
            }
        }
        let seconds = Double(SystemClock.monotonicNanoseconds() - start) / 1e9
        let statuses = board.statuses.withLock { $0 }
        print("RequestFuzzTests: \(board.count.load(ordering: .relaxed)) requests in \(seconds) s:",
              statuses.sorted { $0.key < $1.key }.map { "\($0.key) × \($0.value)" }.joined(separator: ", "))
        #expect(board.count.load(ordering: .relaxed) >= Self.requestsWanted)
        #expect((statuses[200] ?? 0) > 1_000 && (statuses[404] ?? 0) > 1_000, "requests of all kinds were answered")
        let leaks = board.leaks.withLock { $0 }.sorted { $0.key < $1.key }
        #expect(leaks.isEmpty, "seed \(seed): \(leaks.map { "\($0.key): \($0.value)" }.joined(separator: "\n"))")
    }

    private static func check(
        _ response: Response, _ route: Route, _ badge: Badge, _ ground: IsolationGround, _ board: Board
    ) {
        board.count.wrappingAdd(1, ordering: .relaxed)
        board.statuses.withLock { $0[response.status, default: 0] += 1 }
        let head = response.headers.fields.map { "\($0.name): \($0.value)" }.joined(separator: "\n")
        guard IsolationGround.foreign(head + response.text, to: badge.owner?.canary ?? "", among: ground.owners) != nil else { return }
        board.leaks.withLock { leaks in
            let name = "\(route.method.rawValue) \(route.pattern) \(response.status)"
            leaks[name] = leaks[name] ?? String(response.text.prefix(400))
        }
    }

    private static func badge(_ ground: IsolationGround, _ database: Database, _ random: inout SeededRandom) throws -> Badge {
        guard random.next(below: 8) > 0 else { return Badge(owner: nil) }
        let owner = ground.owners[random.next(below: ground.owners.count)]
        var badge = Badge(owner: owner)
        let now = SystemClock().now()
        if random.next(below: 3) == 0 {
            let token = APITokenText()
            let id: ID<APIToken> = newID()
            try database.transaction(.tenant(owner.tenant), .readWrite) { tx in
                _ = try tx.run(insertToken, .uuid(owner.tenant), .uuid(id), .uuid(owner.member), .digest(token.digest),
                               .textArray(TokenScope.allCases.map(\.rawValue)))
            }
            badge.bearer = token.text.reveal()
        } else {
            let id: ID<LoginSession> = newID(), token = SessionToken()
            try database.transaction(.tenant(owner.tenant), .readWrite) { tx in
                try LoginSessionTable.insert(
                    .init(id: id, member: owner.member, tenant: owner.tenant, userAgent: "fuzz", network: ""), token: token.digest, at: now, in: tx)
            }
            badge.cookie = "tc_session=\(token.text.reveal())"
            badge.formToken = TestSite.formToken(id, for: owner.tenant)
        }
        return badge
    }

    private static func request(
        _ route: Route, _ badge: Badge, _ ground: IsolationGround, _ random: inout SeededRandom
    ) throws -> Request {
        let one = ground.owners[random.next(below: ground.owners.count)]
        func pick(_ values: [String], _ random: inout SeededRandom) -> String { values[random.next(below: values.count)] }
        func value(_ name: Substring, _ random: inout SeededRandom) -> String {
            switch name {
            case "handle": one.slug.replacing("slug", with: "handle")
            case "slug": one.slug
            case "number", "n": pick(["0", "1", "2"], &random)
            case "range": "1...1"
            default: one.ids[random.next(below: one.ids.count)].description
            }
        }
        var path = route.pattern.split(separator: "/", omittingEmptySubsequences: false).map { segment in
            guard let colon = segment.firstIndex(of: ":") else { return String(segment) }
            return segment[..<colon] + value(segment[segment.index(after: colon)...], &random)
        }.joined(separator: "/")
        let id = one.ids[random.next(below: one.ids.count)].description
        if route.method == .get, random.next(below: 3) == 0 {
            path += pick(["?limit=5", "?q=canary", "?run=\(id)&run=\(id)", "?author=\(one.slug)", "?member=\(id)&tenant=\(id)", "?cursor=\(id)"], &random)
        }
        var headers: Headers = ["cookie": badge.cookie]
        if let bearer = badge.bearer { headers.set("authorization", "Bearer \(bearer)") }
        var body: [UInt8] = []
        if route.method != .get {
            let names = ["slug", "handle", "id", "tenant", "member", "run", "skill", "version", "email", "name", "visibility", "role"]
            let pairs: [(String, String)] = (0..<random.next(below: 4)).map { _ in
                (pick(names, &random), pick([one.slug, one.email, id, "public", "viewer", "2025-02-01", "1"], &random))
            }
            if route.pattern.hasPrefix("/api/") {
                headers.set("content-type", "application/json")
                headers.set("x-form-token", badge.formToken)
                body = Array(JSON.object(pairs.map { ($0.0, .string($0.1)) }).text.utf8)
            } else {
                headers.set("content-type", "application/x-www-form-urlencoded")
                let fields = pairs.map { Fields.Pair($0.0, $0.1) } + [Fields.Pair("form_token", badge.formToken)]
                body = Array(Fields(fields).encoded.utf8)
            }
        }
        return try Request(method: route.method.rawValue, target: path, headers: headers, body: body)
    }
}
