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
