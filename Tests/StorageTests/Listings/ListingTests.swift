import Base
import Postgres
import Storage
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable)) struct ListingTests {
    @Test func closedSourceIsNeverPublished() throws {
        let fixture = try StorageFixture(withCandles: true)
        let alpha = fixture.tenants.alpha
        for licence in ["open", "closed"] {
            let skill = try fixture.create(StorageFixture.files(slug: licence, licence: licence), for: alpha)
            _ = try fixture.publish(skill, for: alpha, handle: "alpha")
            try fixture.read(fixture.tenants.beta) { tx in
                let version = try unwrap(try PublishedVersionTable.find(tenant: alpha, skill: skill.id, number: 1, in: tx))
                #expect((version.files != nil) == (licence == "open"))
                try check(PublishedVersionTable.list(tenant: alpha, skill: skill.id, in: tx).count == 1)
                #expect(version.facts["instructions"] == nil && version.facts["entry"] == nil)
            }
        }
    }

    @Test func everyOrderPagesThroughEverything() throws {
        let fixture = try StorageFixture(withCandles: true)
        let alpha = fixture.tenants.alpha
        for number in 1...5 {
            let skill = try fixture.create(StorageFixture.files(slug: "drift-\(number)"), for: alpha)
            let run = try fixture.publish(skill, for: alpha, handle: "alpha")
            // Two of them stay without figures: they come last, and their order holds across pages.
            guard number <= 3 else { continue }
            let figures = ListingTable.Figures(
                totalReturn: Double(number), benchmarkReturn: 0, sharpe: 1, sharpeConfidence: 0.5, maxDrawdown: -0.1 * Double(number),
                trades: 3, spanDays: 9, sparkline: [1, 2])
            try fixture.engine.transaction(.tenant(alpha), .readWrite) { tx in
                try ListingTable.setFigures(figures, skill: skill.id, run: run, in: tx)
            }
        }
        try fixture.read(fixture.tenants.beta) { tx in
            for sort in ListingTable.Sort.allCases {
                var seen: [String] = []
                var cursor: (key: Double, skill: ID<Skill>)?
                while true {
                    let page = try ListingTable.browse(ListingTable.Filter(), sort: sort, after: cursor, limit: 2, in: tx)
                    seen += page.map(\.publication.slug)
                    guard page.count == 2, let last = page.last else { break }
                    cursor = (last.sortKey, last.publication.skill)
                }
                #expect(Set(seen).count == 5 && seen.count == 5, "\(sort): \(seen)")
                if sort == .return { #expect(seen.prefix(3) == ["drift-3", "drift-2", "drift-1"]) }
                if sort == .drawdown { #expect(seen.prefix(3) == ["drift-1", "drift-2", "drift-3"]) }
            }
            let cohort = try ListingTable.cohort(ListingTable.Filter(), in: tx)
            #expect(cohort.published == 5 && cohort.evaluated == 3 && cohort.positive == 3 && cohort.medianReturn == 2)
        }
    }

    @Test func nobodyElseWritesAListing() throws {
        let fixture = try StorageFixture(withCandles: true)
        let skill = try fixture.create(for: fixture.tenants.alpha)
        _ = try fixture.publish(skill, for: fixture.tenants.alpha, handle: "alpha")
        try fixture.write(fixture.tenants.beta) { tx in try ListingTable.setVisibility(.unlisted, of: skill.id, in: tx) }
        #expect(try fixture.read(fixture.tenants.beta) { tx in
            try ListingTable.find(handle: "alpha", slug: "drift", in: tx)?.publication.visibility
        } == .public)
    }
}
