import Base
import Postgres
import Storage
import Synchronization
import Testing
import TestSupport

@Suite struct ThrottleBucketTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.254", true), ("192.0.2.1", "192.0.3.1", false), ("::ffff:192.0.2.9", "192.0.2.1", true),
        ("2001:db8::1", "2001:db8:0:0:ffff::2", true), ("2001:db8::1", "2001:db8:0:1::1", false),
        ("2001:0DB8:0000:0000:1:2:3:4", "2001:db8::", true), ("::1", "::2", true), ("unix:", "unknown", false),
        ("192.0.2", "192.0.2.1", false), ("1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8", false), ("::ffff:192.0.2.9", "::ffff:c000:0201", true),
    ])
    func networksAreWhatOneCustomerHas(one: String, other: String, areTheSame: Bool) {
        #expect((ThrottleBucket.network(one, act: "a") == ThrottleBucket.network(other, act: "a")) == areTheSame)
    }

    @Test func actsAndKindsAreCountedApart() {
        let buckets: Set<ThrottleBucket> = [
            .account("a", act: "log-in"), .account("a", act: "recover"), .mail("a", act: "log-in"), .network("a", act: "log-in"),
        ]
        #expect(buckets.count == 4)
    }
}

@Suite(.enabled(if: TestDatabase.isAvailable)) struct ThrottleTableTests {
    private static let start = Instant(milliseconds: 1_780_000_000_123)
    private static let bucket = ThrottleBucket.account("ada@example.org", act: "test")

    private static func take(
        _ web: Connection, after milliseconds: Int64, max: Int = 3, _ bucket: ThrottleBucket = bucket
    ) throws -> Bool {
        try web.transaction(.platform, .readWrite) {
            try ThrottleTable.take(bucket, max: max, windowSeconds: 60, at: start.advanced(byMilliseconds: milliseconds), in: $0)
        }
    }

    @Test func theWindowSlidesOverSingleTries() throws {
        let database = try TestDatabase.clone()
        let web = try database.connect(.web)
        for (milliseconds, isAllowed) in [
            (0, true), (20_000, true), (40_000, true), (50_000, false), (59_999, false), (60_000, true), (60_001, false),
            (79_999, false), (80_000, true), (100_000, true), (100_001, false),
        ] as [(Int64, Bool)] {
            #expect(try Self.take(web, after: milliseconds) == isAllowed, "after \(milliseconds) ms")
        }
        #expect(try Self.take(web, after: 100_001, .network("192.0.2.1", act: "test")))
    }

    @Test func refusalSaysHowLongToWait() throws {
        let database = try TestDatabase.clone()
        let web = try database.connect(.web)
        func wait(_ milliseconds: Int64) throws -> Int {
            try web.transaction(.platform, .readOnly) {
                try ThrottleTable.secondsToWait(
                    Self.bucket, max: 3, windowSeconds: 60, at: Self.start.advanced(byMilliseconds: milliseconds), in: $0)
            }
        }
        #expect(try wait(0) == 0)
        for milliseconds in [0, 10_000, 20_000] as [Int64] { _ = try Self.take(web, after: milliseconds) }
        #expect(try wait(30_000) == 30 && wait(30_001) == 30 && wait(59_999) == 1 && wait(60_000) == 0)
    }

    @Test func aTryIsGivenBackOnce() throws {
        let database = try TestDatabase.clone()
        let web = try database.connect(.web)
        for milliseconds in [0, 1, 1] as [Int64] { _ = try Self.take(web, after: milliseconds) }
        #expect(try !Self.take(web, after: 2))
        try web.transaction(.platform, .readWrite) { tx in
            try ThrottleTable.giveBack(Self.bucket, at: Self.start.advanced(byMilliseconds: 1), in: tx)
            try ThrottleTable.giveBack(Self.bucket, at: Self.start.advanced(byMilliseconds: 9), in: tx)
        }
        #expect(try Self.take(web, after: 3))
        #expect(try !Self.take(web, after: 4))
    }

    @Test func aTryThatRollsBackCountsNowhere() throws {
        let database = try TestDatabase.clone()
        let web = try database.connect(.web)
        struct Stop: Error {}
        for _ in 0..<5 {
            #expect(throws: Stop.self) {
                try web.transaction(.platform, .readWrite) { tx in
                    _ = try ThrottleTable.take(Self.bucket, max: 3, windowSeconds: 60, at: Self.start, in: tx)
                    throw Stop()
                }
            }
        }
        #expect(try Self.take(web, after: 1))
    }

    @Test func parallelTriesAreCountedExactly() throws {
        let database = try TestDatabase.clone()
        let allowed = Mutex(0)
        let failures = Mutex<[String]>([])
        try inParallel(40) { _ in
            do {
                if try Self.take(try database.connect(.web), after: 0, max: 20) { allowed.withLock { $0 += 1 } }
            } catch {
                failures.withLock { $0.append("\(error)") }
            }
        }
        #expect(failures.withLock { $0 } == [])
        #expect(allowed.withLock { $0 } == 20)
        #expect(try !Self.take(try database.connect(.web), after: 1, max: 20))
    }

    @Test func oldRowsGoWithNewOnes() throws {
        let database = try TestDatabase.clone()
        let web = try database.connect(.web)
        for number in 0..<12 { _ = try Self.take(web, after: Int64(number), .account("old \(number)", act: "test")) }
        for number in 0..<3 { _ = try Self.take(web, after: 3 * 86_400_000, .account("new \(number)", act: "test")) }
        let rows = try web.transaction(.platform, .readOnly) {
            try $0.run(Statement("test.throttles", "SELECT count(*) AS rows FROM throttles")).only { try $0.int("rows") }
        }
        #expect(rows == 3)
    }
}
