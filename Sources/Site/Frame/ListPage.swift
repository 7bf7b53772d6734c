public import Base
public import HTTP

/// The conventions of lists in the API: `?limit=&cursor=` in, `{"items": […], "next_cursor": …}` out.
public struct ListRequest: Sendable, Hashable {
    /// 1 to `Limits.pageItemsMax`.
    public let limit: Int
    /// Where the page before ended, as that page said; opaque to clients.
    public let cursor: String?

    /// Reads the query. A bad limit is refused with 422.
    public init(_ query: Fields) throws(Problem) {
        cursor = query["cursor"].flatMap { $0.isEmpty ? nil : $0 }
        guard let text = query["limit"] else {
            limit = Limits.pageItemsDefault
            return
        }
        guard let value = Int(text), (1...Limits.pageItemsMax).contains(value) else {
            throw .invalid([.init("limit", "Give a whole number from 1 to \(Limits.pageItemsMax).")])
        }
        limit = value
    }

    /// The envelope around one page of items; `nextCursor` is nil on the last.
    public static func envelope(_ items: [JSON], nextCursor: String?) -> JSON {
        ["items": .array(items), "next_cursor": .optional(nextCursor)]
    }
}
