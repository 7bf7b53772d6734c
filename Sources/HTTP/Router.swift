/// Finds what answers a path. Patterns are made of segments: a literal, `:name` (any one segment), `@:name` (a
/// segment that starts with `@`, without it) and, last only, `*name` (the rest, joined by `/`).
///
/// A literal is preferred to `@:name`, that to `:name`, that to `*name`, segment by segment from the left.
public struct Router<Target: Sendable>: Sendable {
    /// What a path led to.
    public enum Match {
        case found(Target, pattern: String, parameters: Parameters)
        /// The path exists, for other methods.
        case methodNotAllowed([Method])
        case notFound
    }

    fileprivate struct Node: Sendable {
        var literals: [String: Node] = [:]
        var handle: [Node] = []
        var any: [Node] = []
        var leaf = Leaf()
        var rest = Leaf()
    }

    fileprivate struct Leaf: Sendable {
        struct Entry: Sendable {
            let method: Method
            let target: Target
            let pattern: String
            let names: [String]
        }
        var entries: [Entry] = []
    }

    private var root = Node()

    public init() {}

    /// Adds a route. Traps on a malformed pattern and on a second route for the same method and pattern: both are
    /// mistakes in our source, seen at the first start.
    public mutating func add(_ method: Method, _ pattern: String, _ target: Target) {
        precondition(pattern.hasPrefix("/") && (pattern == "/" || !pattern.hasSuffix("/")), "Invariant: pattern \(pattern) is well formed.")
        let parts = pattern.split(separator: "/").map(String.init)
        let names = parts.compactMap { part in
            part.hasPrefix("@:") ? String(part.dropFirst(2)) : part.hasPrefix(":") || part.hasPrefix("*") ? String(part.dropFirst()) : nil
        }
        precondition(Set(names).count == names.count, "Invariant: parameter names of \(pattern) differ.")
        Router.insert(Leaf.Entry(method: method, target: target, pattern: pattern, names: names), parts[...], into: &root)
    }

    private static func insert(_ entry: Leaf.Entry, _ parts: ArraySlice<String>, into node: inout Node) {
        guard let part = parts.first else {
            insert(entry, into: &node.leaf)
            return
        }
        let rest = parts.dropFirst()
        if part.hasPrefix("*") {
            precondition(rest.isEmpty, "Invariant: *name comes last in \(entry.pattern).")
            insert(entry, into: &node.rest)
        } else if part.hasPrefix("@:") {
            if node.handle.isEmpty { node.handle.append(Node()) }
            insert(entry, rest, into: &node.handle[0])
        } else if part.hasPrefix(":") {
            if node.any.isEmpty { node.any.append(Node()) }
            insert(entry, rest, into: &node.any[0])
        } else {
            insert(entry, rest, into: &node.literals[part, default: Node()])
        }
    }

    private static func insert(_ entry: Leaf.Entry, into leaf: inout Leaf) {
        precondition(!leaf.entries.contains { $0.method == entry.method }, "Invariant: one route for \(entry.method.rawValue) \(entry.pattern).")
        leaf.entries.append(entry)
    }

    /// `HEAD` finds the `GET` route.
    public func match(_ method: Method, _ path: RequestPath) -> Match {
        let wanted = method == .head ? Method.get : method
        var allowed: [Method] = []
        if let match = Router.search(root, path.segments[...], [], wanted, &allowed) { return match }
        return allowed.isEmpty ? .notFound : .methodNotAllowed(Router.sorted(allowed))
    }

    private static func search(
        _ node: Node, _ segments: ArraySlice<String>, _ values: [String], _ method: Method, _ allowed: inout [Method]
    ) -> Match? {
        guard let segment = segments.first else { return pick(node.leaf, values, method, &allowed) }
        let rest = segments.dropFirst()
        if let next = node.literals[segment], let match = search(next, rest, values, method, &allowed) { return match }
        if segment.hasPrefix("@"), segment.utf8.count > 1, let next = node.handle.first,
           let match = search(next, rest, values + [String(segment.dropFirst())], method, &allowed) { return match }
        if let next = node.any.first, let match = search(next, rest, values + [segment], method, &allowed) { return match }
        return pick(node.rest, values + [segments.joined(separator: "/")], method, &allowed)
    }

    private static func pick(_ leaf: Leaf, _ values: [String], _ method: Method, _ allowed: inout [Method]) -> Match? {
        for entry in leaf.entries where entry.method == method {
            return .found(entry.target, pattern: entry.pattern, parameters: Parameters(names: entry.names, values: values))
        }
        allowed.append(contentsOf: leaf.entries.map(\.method))
        return nil
    }

    /// In the order of `Method.allCases`, with HEAD beside GET.
    private static func sorted(_ methods: [Method]) -> [Method] {
        Method.allCases.filter { methods.contains($0) || ($0 == .head && methods.contains(.get)) }
    }
}

/// The values a path gave to the names of its pattern.
public struct Parameters: Sendable, Hashable {
    private let names: [String]
    private let values: [String]

    public init(names: [String] = [], values: [String] = []) {
        self.names = names
        self.values = values
    }

    /// Nil for a name that the pattern does not have.
    public subscript(_ name: String) -> String? {
        guard let index = names.firstIndex(of: name), index < values.count else { return nil }
        return values[index]
    }
}
