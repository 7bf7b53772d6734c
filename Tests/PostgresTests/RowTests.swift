import Base
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: TestDatabase.isAvailable))
struct RowTests {
    let database: TestDatabase
    let connection: Connection

    init() throws {
        database = try TestDatabase.empty()
        connection = try database.connect(.owner)
    }

    private func ask<Value>(
        _ sql: String, _ parameters: [Parameter] = [], _ body: (borrowing Row) throws -> Value
    ) throws -> Value {
        let statement = Statement("row." + Digest.of(sql).short, sql)
        // Without migrations there is no app schema, but set_config works on any name.
        return try connection.transaction(.platform, .readOnly) { tx in try tx.run(statement, parameters).only(body) }
    }

    @Test func everyKindOfValueComesBack() throws {
        let id: ID<Skill> = newID()
        let instant = try #require(Instant("1969-12-31T23:59:59.999Z"))
        let date = try #require(CalendarDate("2024-02-29"))
        let bytes: [UInt8] = (0...255).map { $0 }
        let json: JSON = ["a": [1, 2.5, nil, "é\"\\"], "b": true]
        let digest = Digest.of("x")
        #expect(try ask("SELECT $1::uuid AS v", [.uuid(id)]) { try $0.id("v") as ID<Skill> } == id)
        #expect(try ask("SELECT $1::timestamptz AS v", [.instant(instant)]) { try $0.instant("v") } == instant)
        #expect(try ask("SELECT $1::date AS v", [.date(date)]) { try $0.date("v") } == date)
        #expect(try ask("SELECT $1::bytea AS v", [.bytes(bytes)]) { try $0.bytes("v") } == bytes)
        #expect(try ask("SELECT $1::bytea AS v", [.bytes([])]) { try $0.bytes("v") } == [])
        #expect(try ask("SELECT $1::jsonb AS v", [.json(json)]) { try $0.json("v") } == json)
        #expect(try ask("SELECT $1::bytea AS v", [.digest(digest)]) { try $0.digest("v") } == digest)
        for value: Int64 in [.min, -1, 0, .max] {
            #expect(try ask("SELECT $1::bigint AS v", [.int(value)]) { try $0.int64("v") } == value)
        }
        for value in [0.1, -0.0, 2.2250738585072014e-308, 1.7976931348623157e308, .infinity] {
            #expect(try ask("SELECT $1::float8 AS v", [.double(value)]) { try $0.double("v") } == value)
        }
        let texts = ["", "NULL", "a,b", "{\"x\"}", "back\\slash", "ünï 🐢"]
        #expect(try ask("SELECT $1::text[] AS v", [.textArray(texts)]) { try $0.textArray("v") } == texts)
        #expect(try ask("SELECT $1::text[] AS v", [.textArray([])]) { try $0.textArray("v") } == [])
        #expect(try ask("SELECT $1::text AS v", [.text("ünï 🐢")]) { try $0.text(0) } == "ünï 🐢")
        #expect(try ask("SELECT $1::boolean AS v", [.bool(true)]) { try $0.bool("v") })
        #expect(try ask("SELECT $1::bigint AS v", [.fixed(Price(raw: 12_345))]) { try $0.price("v") } == Price(raw: 12_345))
        #expect(try ask("SELECT $1::text AS v", [.text(orNull: nil)]) { try $0.textOrNil("v") } == nil)
        #expect(try ask("SELECT -7::smallint AS a, -8 AS b", []) { [try $0.int("a"), try $0.int("b")] } == [-7, -8])
    }

    @Test(arguments: ["NULL::bigint", "'x'::text", "1.5::numeric", "true"])
    func wrongTypeOrNullIsMalformed(_ expression: String) throws {
        let error = #expect(throws: PostgresError.self) { try ask("SELECT \(expression) AS v") { try $0.int("v") } }
        guard case .malformed(_, "v", _) = error else { Issue.record("\(String(describing: error))"); return }
        #expect(connection.isUsable)
    }

    @Test func unknownColumnIsMalformed() throws {
        #expect(throws: PostgresError.self) { try ask("SELECT 1 AS v") { try $0.int("w") } }
        #expect(throws: PostgresError.self) { try ask("SELECT 1 AS v") { try $0.int(1) } }
        #expect(throws: PostgresError.self) { try ask("SELECT 'infinity'::timestamptz AS v") { try $0.instant("v") } }
    }

    /// libpq's text would silently end at the NUL: "admin\0x" must not become "admin".
    @Test func embeddedNulIsRefusedBeforeSending() throws {
        for parameter: Parameter in [.text("admin\u{0}x"), .textArray(["a\u{0}"]), .json(.string("a\u{0}"))] {
            let error = #expect(throws: PostgresError.self) {
                try ask("SELECT $1::text AS v", [parameter]) { try $0.text("v") }
            }
            guard case .invalidParameter(_, 1, _) = error else { Issue.record("\(String(describing: error))"); return }
        }
        #expect(try ask("SELECT 1 AS v") { try $0.int("v") } == 1)
    }

    @Test func rowCountsAreChecked() throws {
        let two = Statement("row.two", "SELECT g FROM generate_series(1, 2) AS g")
        let none = Statement("row.none", "SELECT 1 AS g WHERE false")
        #expect(throws: PostgresError.self) {
            try connection.transaction(.platform, .readOnly) { tx in try tx.run(two).first { try $0.int("g") } }
        }
        let first = try connection.transaction(.platform, .readOnly) { tx in try tx.run(none).first { try $0.int("g") } }
        #expect(first == nil)
        #expect(throws: PostgresError.self) {
            try connection.transaction(.platform, .readOnly) { tx in try tx.run(none).only { try $0.int("g") } }
        }
    }

    /// More than the sockets' buffers hold, both ways.
    @Test func largeValuesPass() throws {
        let bytes = [UInt8](repeating: 0xa5, count: 6_000_000)
        let back = try ask("SELECT $1::bytea AS v", [.bytes(bytes)]) { try $0.bytes("v") }
        #expect(back == bytes)
    }
}
