internal import Base
internal import HTTP
internal import Postgres
internal import Storage

/// `/api/v1/transparency/…`: leaves and proofs of the transparency log, for everybody. Nothing in them says whose they are.
enum TransparencyAPI {
    static let routes: [Route] = [
        .visitor(.get, "/api/v1/transparency/leaves", leaves),
        .visitor(.get, "/api/v1/transparency/inclusion", inclusion),
        .visitor(.get, "/api/v1/transparency/consistency", consistency),
    ]

    /// What was signed never changes.
    private static let proofSeconds = 86_400
    private static let listSeconds = 5

    private static func leaves(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let request = try ListRequest(context.request.query)
        let from = try request.numberCursor() ?? number("from", context.request.query) ?? 0
        let size = try signedSize(tx)
        let rows = from < size ? try LogTable.leaves(from: from, limit: request.limit + 1, in: tx).filter { $0.number < size } : []
        let page = request.page(
            rows, cursor: { Cursor.encode(String($0.number + 1)) },
            json: { ["number": .int($0.number), "kind": .string($0.kind), "hash": .string($0.hash.hex)] })
        return .json(page, caching: .public(maxAgeSeconds: listSeconds))
    }

    private static func inclusion(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let query = context.request.query
        let signed = try signedSize(tx)
        let asked = try number("tree_size", query)
        let size = asked ?? signed
        let leaf: LogTable.Leaf?
        if let text = query["leaf"], !text.isEmpty {
            guard let hash = Digest(hex: text) else { throw invalid("leaf", "Give the leaf's hash, 64 hexadecimal digits, or its `number`.") }
            leaf = try LogTable.leaf(hash: hash, in: tx)
        } else if let number = try number("number", query) {
            leaf = try LogTable.leaves(from: number, limit: 1, in: tx).first { $0.number == number }
        } else {
            throw invalid("leaf", "Give the leaf's hash as `leaf`, or its `number`.")
        }
        guard size >= 1, size <= signed else { throw invalid("tree_size", "Give a size from 1 to \(signed), the size of the newest checkpoint.") }
        guard let leaf, leaf.number < size, let proof = try AuditProof.inclusion(leaf: leaf.number, size: size, in: tx),
              let root = try AuditProof.root(size: size, in: tx) else { throw Problem.notFound }
        return .json(
            ["number": .int(leaf.number), "kind": .string(leaf.kind), "leaf_hash": .string(leaf.hash.hex), "tree_size": .int(size),
             "root": .string(root.hex), "proof": .array(proof.map { .string($0.hex) })],
            caching: .public(maxAgeSeconds: asked == nil ? listSeconds : proofSeconds))
    }

    private static func consistency(_ context: VisitorContext, _ tx: borrowing Transaction) throws -> Response {
        let query = context.request.query
        let signed = try signedSize(tx)
        guard let from = try number("from", query) else { throw invalid("from", "Give the smaller tree's size.") }
        let asked = try number("to", query)
        let to = asked ?? signed
        guard to <= signed else { throw invalid("to", "Give a size up to \(signed), the size of the newest checkpoint.") }
        guard from <= to else { throw invalid("from", "Give a size that is not above `to`.") }
        guard let proof = try AuditProof.consistency(old: from, new: to, in: tx), let old = try AuditProof.root(size: from, in: tx),
              let new = try AuditProof.root(size: to, in: tx) else { throw Problem.notFound }
        return .json(
            ["from": .int(from), "to": .int(to), "from_root": .string(old.hex), "to_root": .string(new.hex),
             "proof": .array(proof.map { .string($0.hex) })],
            caching: .public(maxAgeSeconds: asked == nil ? listSeconds : proofSeconds))
    }

    /// Leaves under the newest checkpoint; 0 before the first.
    private static func signedSize(_ tx: borrowing Transaction) throws -> Int {
        try LogTable.newestCheckpoint(in: tx)?.treeSize ?? 0
    }

    private static func number(_ name: String, _ query: Fields) throws(Problem) -> Int? {
        guard let text = query[name], !text.isEmpty else { return nil }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(text) else {
            throw invalid(name, "Give a whole number, 0 or more.")
        }
        return value
    }

    private static func invalid(_ field: String, _ message: String) -> Problem { .invalid([.init(field, message)]) }
}
