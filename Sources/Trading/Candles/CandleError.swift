/// Why a candle file was refused: where, and what to do about it. Nothing of a refused file is used.
public struct CandleError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Line of the file, from 1; nil when no single line is to blame.
    public let line: Int?
    /// Name of the column, nil when the whole line is wrong.
    public let column: String?
    /// What is wrong, without the place.
    public let problem: String

    /// `line` counts from 1.
    public init(line: Int?, column: String?, problem: String) {
        self.line = line
        self.column = column
        self.problem = problem
    }

    /// `Line 17, high: 12 is below the open 13.`
    public var description: String {
        var place = ""
        if let line { place = "Line \(line)" + (column.map { ", \($0)" } ?? "") + ": " }
        return place + problem + (problem.hasSuffix("?") ? "" : ".")
    }
}
