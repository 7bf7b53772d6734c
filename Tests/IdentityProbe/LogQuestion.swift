import Base
import Security

/// Questions about the transparency log and about sealing.
extension Question {
    func merkle(_ name: String) throws -> JSON {
        switch name {
        case "merkle.tree":
            let (root, _) = try tree()
            return ["root": Self.json(root.bytes)]
        case "merkle.inclusion":
            let (_, read) = try tree()
            let proof = try MerkleTree.inclusionProof(leaf: try number("leaf"), size: Int64(try list("entries").count), node: read)
            return ["proof": proof.map { .array($0.map { Self.json($0.bytes) }) } ?? .null]
        case "merkle.consistency":
            let (_, read) = try tree()
            let proof = try MerkleTree.consistencyProof(old: try number("old"), new: Int64(try list("entries").count), node: read)
            return ["proof": proof.map { .array($0.map { Self.json($0.bytes) }) } ?? .null]
        case "merkle.is_included":
            return ["is_valid": .bool(MerkleTree.isIncluded(
                MerkleTree.leafHash(try bytes("entry")), leaf: try number("leaf"), size: try number("size"), proof: try digests("proof"),
                root: try digest("root")))]
        case "merkle.is_consistent":
            return ["is_valid": .bool(MerkleTree.isConsistent(
                old: try number("old"), oldRoot: try digest("old_root"), new: try number("new"), newRoot: try digest("new_root"),
                proof: try digests("proof")))]
        default: throw QuestionError(description: "nobody knows \(name)")
        }
    }

    private func tree() throws -> (root: Digest, read: MerkleTree.NodeReader<QuestionError>) {
        var frontier = MerkleFrontier()
        var levels: [[Digest]] = []
        for entry in try list("entries") {
            for node in frontier.append(MerkleTree.leafHash(entry)) {
                if levels.count == node.level { levels.append([]) }
                levels[node.level].append(node.hash)
            }
        }
        let nodes = levels
        return (frontier.root, { (level: Int, position: Int64) throws(QuestionError) in
            guard nodes.indices.contains(level), let index = Int(exactly: position), nodes[level].indices.contains(index) else {
                throw QuestionError(description: "no node \(level), \(position)")
            }
            return nodes[level][index]
        })
    }

    func checkpoint(_ name: String) throws -> JSON {
        switch name {
        case "checkpoint.sign":
            guard let key = LogSigningKey(seed: try bytes("seed")), let time = Instant(try text("time")),
                  let checkpoint = LogCheckpoint(
                    origin: try text("origin"), size: try number("size"), root: try digest("root"), number: try number("number"), time: time) else {
                throw QuestionError(description: "not a checkpoint")
            }
            return ["note": .string(checkpoint.sign(key)), "key": .string(key.verification.noteText(name: checkpoint.origin))]
        case "checkpoint.verify":
            guard let (origin, key) = LogVerificationKey.parse(note: try text("key")) else { throw QuestionError(description: "not a key") }
            let checkpoint = LogCheckpoint.verify(try text("note"), origin: origin, key: key)
            return ["size": checkpoint.map { .int($0.size) } ?? .null]
        default: throw QuestionError(description: "nobody knows \(name)")
        }
    }

    func seal(_ name: String) throws -> JSON {
        let folder = try text("folder")
        if name == "seal.create" { return ["made": .array(try KeyFolder(folder).create().map(JSON.string))] }
        let context = try text("context")
        switch name {
        case "seal.web": return ["bytes": Self.json(try SealingKey(file: folder + "/seal.key").seal(try bytes("bytes"), context: context))]
        case "seal.open": return ["bytes": Self.json(try SealingKey(file: folder + "/seal.key").open(try bytes("bytes"), context: context))]
        case "seal.mail": return ["bytes": Self.json(try EngineSealing(file: folder + "/mail.pub").seal(try bytes("bytes"), context: context))]
        case "seal.engine": return ["bytes": Self.json(try EngineOpening(file: folder + "/mail.key").open(try bytes("bytes"), context: context))]
        default: throw QuestionError(description: "nobody knows \(name)")
        }
    }
}
