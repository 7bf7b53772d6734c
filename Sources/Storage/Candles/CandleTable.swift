public import Base
public import Postgres
public import Trading

/// Stored candles: content-addressed months, and which of them is current. Read by everybody, written by the owner.
public enum CandleTable {
    /// The months of one instrument and timeframe that are stored, in order of time.
    public struct Month: Sendable {
        public let instrument: String
        public let timeframe: Timeframe
        public let month: CalendarDate
        public let hash: Digest
        public let bars: Int
        public let firstOpen: Instant
        public let lastOpen: Instant
        public let source: String
    }

    static let insertChunkStatement = Statement("candles.insertChunk", """
        INSERT INTO bar_chunks (chunk_hash, instrument, timeframe, month, bars, content)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (chunk_hash) DO NOTHING
        """)
    static let setMonthStatement = Statement("candles.setMonth", """
        INSERT INTO candle_months (instrument, timeframe, month, chunk_hash, bars, first_open_at, last_open_at, source)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (instrument, timeframe, month) DO UPDATE
           SET chunk_hash = excluded.chunk_hash, bars = excluded.bars, first_open_at = excluded.first_open_at,
               last_open_at = excluded.last_open_at, source = excluded.source, imported_at = now()
         WHERE candle_months.chunk_hash <> excluded.chunk_hash
        """)
    static let monthsStatement = Statement("candles.months", """
        SELECT instrument, timeframe, month, chunk_hash, bars, first_open_at, last_open_at, source
          FROM candle_months ORDER BY instrument, timeframe, month
        """)
    static let chunksStatement = Statement("candles.chunks", """
        SELECT m.month, c.chunk_hash, c.content
          FROM candle_months m JOIN bar_chunks c USING (chunk_hash)
         WHERE m.instrument = $1 AND m.timeframe = $2 AND m.month BETWEEN $3 AND $4
         ORDER BY m.month
        """)

    public static let statements = [insertChunkStatement, setMonthStatement, monthsStatement, chunksStatement]

    /// Stores one month and makes it current. Storing the same bytes again changes nothing; returns whether it was new.
    @discardableResult
    public static func store(_ chunk: BarChunk, source: String, in tx: borrowing Transaction) throws -> Bool {
        guard let first = chunk.series.openTime.first, let last = chunk.series.openTime.last else { return false }
        let name = chunk.series.instrument
        let timeframe = chunk.series.timeframe.rawValue
        try tx.run(insertChunkStatement, .digest(chunk.hash), .text(name), .text(timeframe), .date(chunk.month),
                   .int(chunk.series.count), .bytes(chunk.encode()))
        let result = try tx.run(setMonthStatement, .text(name), .text(timeframe), .date(chunk.month), .digest(chunk.hash),
                                .int(chunk.series.count), .instant(Instant(milliseconds: first)),
                                .instant(Instant(milliseconds: last)), .text(source))
        return result.affected > 0
    }

    /// Everything that is stored, without the bars.
    public static func months(in tx: borrowing Transaction) throws -> [Month] {
        try tx.run(monthsStatement).map { row in
            let name = try row.text("timeframe")
            guard let timeframe = Timeframe(rawValue: name) else {
                throw PostgresError.malformed(statement: monthsStatement.name, column: "timeframe", expected: "a timeframe")
            }
            return Month(instrument: try row.text("instrument"), timeframe: timeframe, month: try row.date("month"),
                         hash: try row.digest("chunk_hash"), bars: try row.int("bars"),
                         firstOpen: try row.instant("first_open_at"), lastOpen: try row.instant("last_open_at"),
                         source: try row.text("source"))
        }
    }

    /// The stored chunk of each month that touches `from..<to`, still encoded, in order.
    public static func chunks(
        instrument: String, timeframe: Timeframe, from: Instant, to: Instant, in tx: borrowing Transaction
    ) throws -> [(hash: Digest, content: [UInt8])] {
        let first = CalendarDate(year: from.date.year, month: from.date.month, day: 1) ?? from.date
        return try tx.run(chunksStatement, .text(instrument), .text(timeframe.rawValue), .date(first), .date(to.date))
            .map { row in (try row.digest("chunk_hash"), try row.bytes("content")) }
    }
}
