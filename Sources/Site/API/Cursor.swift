internal import Base
internal import HTTP
internal import Security

/// Where a page of a list ended, opaque to clients: a few words, base64url.
enum Cursor {
    private static let separator: Character = " "

    /// Words without spaces.
    static func encode(_ words: String...) -> String {
        Base64URL.encode(Array(words.joined(separator: String(separator)).utf8))
    }

    /// The words of a cursor that has `count` of them. Anything else is refused with 422.
    static func decode(_ text: String, count: Int) throws(Problem) -> [String] {
        guard let bytes = Base64URL.decode(text), let plain = String(validating: bytes, as: UTF8.self) else { throw refusal }
        let words = plain.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
        guard words.count == count else { throw refusal }
        return words
    }

    static let refusal = Problem.invalid([.init("cursor", "Take the cursor from `next_cursor` of the page before, or leave it out.")])
}

extension ListRequest {
    /// The id the page before ended with; nil for the first page.
    func idCursor<Entity>(_: Entity.Type) throws(Problem) -> ID<Entity>? {
        guard let cursor else { return nil }
        guard let id = ID<Entity>(try Cursor.decode(cursor, count: 1)[0]) else { throw Cursor.refusal }
        return id
    }

    /// The number the page before ended with, 0 or more; nil for the first page.
    func numberCursor() throws(Problem) -> Int? {
        guard let cursor else { return nil }
        guard let number = Int(try Cursor.decode(cursor, count: 1)[0]), number >= 0 else { throw Cursor.refusal }
        return number
    }

    /// The envelope of a page of which one item more than `limit` was read, so that it is known whether another follows.
    func page<Item>(_ rows: [Item], cursor: (Item) -> String, json: (Item) throws -> JSON) rethrows -> JSON {
        let shown = rows.prefix(limit)
        let next = rows.count > limit ? shown.last.map(cursor) : nil
        return ListRequest.envelope(try shown.map(json), nextCursor: next)
    }
}
