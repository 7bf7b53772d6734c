import HTTP
import Site
import Testing
import TestSupport

/// Holds every route to `docs/access.md`.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct AccessTableTests {
    private static let routes = Site.features.flatMap { $0 }
    private static func endpoint(_ route: Route) -> String { "\(route.method.rawValue) \(route.pattern)" }

    @Test func everyRouteHasItsRow() throws {
        let table = try AccessTable()
        #expect(table.malformed == [])
        let routes = Set(Self.routes.map(Self.endpoint)), rows = table.rows.map(\.endpoint)
        #expect(routes.subtracting(rows).sorted() == [], "docs/access.md has no row for these routes; see its head.")
        #expect(Set(rows).subtracting(routes).sorted() == [], "docs/access.md has rows without a route.")
        #expect(Set(rows).count == rows.count, "An endpoint has one row.")
    }

    @Test func everyEndpointAnswersAsTheTableSays() throws {
        let rows = try AccessTable().rows
        let stand = try AccessStand()
        for route in Self.routes {
            let endpoint = Self.endpoint(route)
            let found = try AccessTable.Column.allCases.map { try stand.ask(route, as: $0).status }
            let expected = rows.first { $0.endpoint == endpoint }?.statuses
            guard expected != found else { continue }
            // A person compares the two: the row below is what the program does, not what it should do.
            Issue.record("""
                docs/access.md: \(expected.map { AccessTable.line(endpoint, $0) } ?? "no row")
                the program:    \(AccessTable.line(endpoint, found))
                """)
        }
    }

    @Test func aRowIsReadAsItIsWritten() {
        let statuses = AccessTable.Column.allCases.indices.map { 200 + $0 }
        let line = AccessTable.line("GET /runs/:id", statuses)
        let table = AccessTable("| Endpoint | out |\n|---|---|\n\(line)\n| `GET /short` | 200 |")
        #expect(table.rows.map(\.endpoint) == ["GET /runs/:id"] && table.rows.first?.statuses == statuses)
        #expect(table.malformed == ["| `GET /short` | 200 |"])
    }
}

/// Another's thing answers exactly as a thing that never was: same status, same headers, same body.
@Suite(.enabled(if: TestDatabase.isAvailable)) struct NotYoursTests {
    @Test func notYoursIsNotThere() throws {
        let stand = try AccessStand()
        var compared = 0
        for route in Site.features.flatMap({ $0 }) where route.pattern.contains("/:id") || route.pattern.contains("/:slug") || route.pattern.contains("/:event") {
            // Published work and pages of the documentation are everybody's; people are theirs alone.
            if route.pattern.hasPrefix("/docs/") { continue }
            for column in [AccessTable.Column.other, .out] {
                let theirs = try stand.path(route, .other).replacing("/" + stand.samples.publishedSlug, with: "/" + stand.samples.draftSlug)
                let absent = Self.absent(theirs, route)
                guard absent != theirs else { continue }
                let found = try Self.comparable(stand.ask(route, as: column, path: theirs), theirs)
                let nothing = try Self.comparable(stand.ask(route, as: column, path: absent), absent)
                #expect(found == nothing, "\(route.method.rawValue) \(route.pattern) as \(column.rawValue)")
                compared += 1
            }
        }
        #expect(compared > 20)
    }

    /// `path` with another last letter of what the pattern names, so that it names nothing.
    private static func absent(_ path: String, _ route: Route) -> String {
        zip(route.pattern.split(separator: "/"), path.split(separator: "/")).map { pattern, segment in
            guard [":id", ":slug", ":event"].contains(String(pattern)), let last = segment.last else { return String(segment) }
            return segment.dropLast() + (last == "0" ? "1" : "0")
        }.reduce("") { $0 + "/" + $1 }
    }

    /// Status, headers and body without what differs for any two requests: the path itself, the request's id, what is
    /// left of a rate, form tokens.
    private static func comparable(_ response: Response, _ path: String) -> String {
        let headers = response.headers.fields.filter { !["x-request-id", "ratelimit"].contains($0.name.lowercased()) }.map { "\($0.name): \($0.value)" }
        let segments = path.split(separator: "/").filter { $0.count > 4 }
        var text = (["\(response.status)"] + headers + [response.text]).joined(separator: "\n")
            .replacing(/<code class="hash hash--whole">[^<]*<\/code>/, with: "")
            .replacing(/name="form-token" content="[^"]*"/, with: "")
            .replacing(/name="form_token" value="[^"]*"/, with: "")
            .replacing(/"request_id":"[^"]*"/, with: "")
        for segment in segments { text = text.replacing(segment, with: "…") }
        return text
    }
}
