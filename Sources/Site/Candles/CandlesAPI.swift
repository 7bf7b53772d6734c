internal import Base
internal import HTTP
internal import Postgres
internal import Storage
internal import Trading

/// `/api/v1/candles`: what there is to run on.
enum CandlesAPI {
    static let routes: [Route] = [.visitor(.get, "/api/v1/candles", list)]

    private static func list(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let request = try ListRequest(context.request.query)
        let skipped = try request.numberCursor() ?? 0
        let all = try CandleCoverage(in: tx).series
        let rows = Array(all.enumerated().dropFirst(skipped))
        return .json(request.page(rows, cursor: { Cursor.encode(String($0.offset + 1)) }, json: { json($0.element) }))
    }

    private static func json(_ series: CandleCoverage.Series) -> JSON {
        [
            "instrument": .string(series.instrument), "timeframe": .string(series.timeframe.rawValue),
            "from": .string(series.from.description), "to": .string(series.to.description), "bars": .int(series.bars),
            "synthetic": .bool(series.isSynthetic), "source": .string(series.source),
        ]
    }
}
