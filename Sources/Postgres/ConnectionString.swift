internal import CPostgres

/// A libpq address taken apart, so that one part can be exchanged: the same server as another role, another database.
public struct ConnectionString: Sendable, CustomStringConvertible {
    private var pairs: [(keyword: String, value: String)]

    /// Parses a keyword string or a `postgresql://` address.
    public init(_ text: String) throws(PostgresError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = unsafe PQconninfoParse(text, &message) else {
            let reason = unsafe message.map { unsafe String(cString: $0) } ?? "out of memory"
            unsafe PQfreemem(message)
            throw .connectionFailed("The database address cannot be read: \(reason)")
        }
        defer { unsafe PQconninfoFree(options) }
        pairs = []
        var entry = unsafe options
        while let keyword = unsafe entry.pointee.keyword {
            if let value = unsafe entry.pointee.val {
                unsafe pairs.append((String(cString: keyword), String(cString: value)))
            }
            unsafe entry += 1
        }
    }

    /// The value of a keyword (`host`, `port`, `user`, `dbname`, …); nil when the address does not give it.
    public subscript(keyword: String) -> String? {
        get { pairs.first { $0.keyword == keyword }?.value }
        set {
            pairs.removeAll { $0.keyword == keyword }
            if let newValue { pairs.append((keyword, newValue)) }
        }
    }

    /// The same address with another value for one keyword.
    public func with(_ keyword: String, _ value: String?) -> ConnectionString {
        var copy = self
        copy[keyword] = value
        return copy
    }

    /// A keyword string that `Connection` takes. Contains the password if the address did.
    public var description: String {
        pairs.map { keyword, value in
            var quoted = ""
            for character in value {
                if character == "'" || character == "\\" { quoted.append("\\") }
                quoted.append(character)
            }
            return "\(keyword)='\(quoted)'"
        }.joined(separator: " ")
    }
}
