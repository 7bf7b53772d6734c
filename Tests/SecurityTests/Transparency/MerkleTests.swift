import Base
import Security
import Testing

/// RFC 6962, 2.1, word for word: slow and plain, to check the quick one against.
private enum Definition {
    static func split(_ count: Int) -> Int {
        var power = 1
        while power * 2 < count { power *= 2 }
        return power
    }
    static func root(_ leaves: ArraySlice<Digest>) -> Digest {
        if leaves.isEmpty { return Digest.of([]) }
        if leaves.count == 1 { return leaves[leaves.startIndex] }
        let middle = leaves.startIndex + split(leaves.count)
        return Digest.of([1] + root(leaves[..<middle]).bytes + root(leaves[middle...]).bytes)
    }
    static func path(_ leaf: Int, _ leaves: ArraySlice<Digest>) -> [Digest] {
        if leaves.count <= 1 { return [] }
        let half = split(leaves.count)
        let middle = leaves.startIndex + half
        return leaf < half
            ? path(leaf, leaves[..<middle]) + [root(leaves[middle...])]
            : path(leaf - half, leaves[middle...]) + [root(leaves[..<middle])]
    }
    static func proof(_ old: Int, _ leaves: ArraySlice<Digest>) -> [Digest] { subproof(old, leaves, true) }
    private static func subproof(_ old: Int, _ leaves: ArraySlice<Digest>, _ isOldRoot: Bool) -> [Digest] {
        if old == leaves.count { return isOldRoot ? [] : [root(leaves)] }
        let half = split(leaves.count)
        let middle = leaves.startIndex + half
        return old <= half
            ? subproof(old, leaves[..<middle], isOldRoot) + [root(leaves[middle...])]
            : subproof(old - half, leaves[middle...], false) + [root(leaves[..<middle])]
    }
}

@Suite struct MerkleTests {
    private static let largest = 300
    private let leaves = (0..<Self.largest).map { MerkleTree.leafHash(Array("leaf \($0)".utf8)) }

    private struct Missing: Error {}
    private final class Nodes {
        var hashes: [[Digest]] = []
        func put(_ node: MerkleNode) {
            if hashes.count == node.level { hashes.append([]) }
            // Nodes come in order and once each.
            #expect(hashes[node.level].count == Int(node.position))
            hashes[node.level].append(node.hash)
        }
        func read(_ level: Int, _ position: Int64) throws -> Digest {
            guard hashes.indices.contains(level), hashes[level].indices.contains(Int(position)) else { throw Missing() }
            return hashes[level][Int(position)]
        }
    }

    @Test func hashesOfTheStandard() {
        #expect(MerkleTree.emptyRoot.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(MerkleTree.leafHash([]).hex == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
        // The eight leaves that implementations of Certificate Transparency share as their test tree.
        let inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
        let leaves = inputs.map { text in MerkleTree.leafHash(bytes(text)) }
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        for count in 1...8 { #expect(MerkleTree.root(Array(leaves[..<count])).hex == roots[count - 1], "\(count) leaves") }
    }

    private func bytes(_ hex: String) -> [UInt8] {
        stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
    }

    @Test func rootsAndFrontiersOfEverySize() throws {
        let nodes = Nodes()
        var frontier = MerkleFrontier()
        for size in 0...Self.largest {
            let expected = Definition.root(leaves[..<size])
            #expect(frontier.root == expected && frontier.size == Int64(size))
            #expect(MerkleTree.root(Array(leaves[..<size])) == expected)
            #expect(try MerkleTree.root(size: Int64(size), node: nodes.read) == expected)
            let restored = try #require(try MerkleFrontier(size: Int64(size), node: nodes.read))
            #expect(restored.root == expected)
            guard size < Self.largest else { break }
            var other = restored
            let made = frontier.append(leaves[size])
            #expect(other.append(leaves[size]) == made)
            for node in made {
                nodes.put(node)
                let first = Int(node.position) << node.level
                #expect(node.hash == Definition.root(leaves[first..<(first + 1 << node.level)]))
            }
        }
    }

    @Test func inclusionOfEveryLeafOfEverySize() throws {
        let nodes = Nodes()
        var frontier = MerkleFrontier()
        for leaf in leaves { frontier.append(leaf).forEach(nodes.put) }
        var random = SeededRandom(seed: 21)
        for size in 1...Self.largest {
            let root = try #require(try MerkleTree.root(size: Int64(size), node: nodes.read))
            for leaf in size < 40 ? Array(0..<size) : [0, size - 1, size / 2] + (0..<6).map({ _ in Int.random(in: 0..<size, using: &random) }) {
                let proof = try #require(try MerkleTree.inclusionProof(leaf: Int64(leaf), size: Int64(size), node: nodes.read))
                #expect(proof == Definition.path(leaf, leaves[..<size]), "leaf \(leaf) of \(size)")
                func holds(_ hash: Digest, _ leaf: Int, _ size: Int, _ proof: [Digest], _ root: Digest) -> Bool {
                    MerkleTree.isIncluded(hash, leaf: Int64(leaf), size: Int64(size), proof: proof, root: root)
                }
                #expect(holds(leaves[leaf], leaf, size, proof, root))
                #expect(!holds(Digest.of("another"), leaf, size, proof, root))
                #expect(!holds(leaves[leaf], leaf, size, proof, Digest.of("another")))
                #expect(!holds(leaves[leaf], leaf, size, proof + [root], root))
                if !proof.isEmpty {
                    #expect(!holds(leaves[leaf], leaf, size, Array(proof.dropLast()), root))
                    var wrong = proof
                    wrong[Int.random(in: 0..<wrong.count, using: &random)] = Digest.of("another")
                    #expect(!holds(leaves[leaf], leaf, size, wrong, root), "seed 21")
                }
                for other in [leaf - 1, leaf + 1, size, -1] where other != leaf { #expect(!holds(leaves[leaf], other, size, proof, root)) }
            }
            #expect(try MerkleTree.inclusionProof(leaf: Int64(size), size: Int64(size), node: nodes.read) == nil)
        }
        #expect(try MerkleTree.inclusionProof(leaf: -1, size: 5, node: nodes.read) == nil)
        #expect(!MerkleTree.isIncluded(leaves[0], leaf: 0, size: 0, proof: [], root: leaves[0]))
    }

    @Test func consistencyOfEveryPairOfSizes() throws {
        let nodes = Nodes()
        var frontier = MerkleFrontier()
        for leaf in leaves { frontier.append(leaf).forEach(nodes.put) }
        let roots = try (0...Self.largest).map { try #require(try MerkleTree.root(size: Int64($0), node: nodes.read)) }
        var random = SeededRandom(seed: 22)
        for new in 0...Self.largest {
            for old in new < 40 ? Array(0...new) : [0, 1, new - 1, new, new / 2] + (0..<6).map({ _ in Int.random(in: 0...new, using: &random) }) {
                let proof = try #require(try MerkleTree.consistencyProof(old: Int64(old), new: Int64(new), node: nodes.read))
                #expect(proof == (old == 0 ? [] : Definition.proof(old, leaves[..<new])), "\(old) to \(new)")
                func holds(_ old: Int, _ oldRoot: Digest, _ new: Int, _ newRoot: Digest, _ proof: [Digest]) -> Bool {
                    MerkleTree.isConsistent(old: Int64(old), oldRoot: oldRoot, new: Int64(new), newRoot: newRoot, proof: proof)
                }
                #expect(holds(old, roots[old], new, roots[new], proof), "\(old) to \(new)")
                #expect(!holds(old, Digest.of("another"), new, roots[new], proof))
                if old != 0 { #expect(!holds(old, roots[old], new, Digest.of("another"), proof)) }
                #expect(!holds(old, roots[old], new, roots[new], proof + [roots[new]]))
                if old > 0, !proof.isEmpty {
                    #expect(!holds(old, roots[old], new, roots[new], Array(proof.dropLast())))
                    var wrong = proof
                    wrong[Int.random(in: 0..<wrong.count, using: &random)] = Digest.of("another")
                    #expect(!holds(old, roots[old], new, roots[new], wrong), "seed 22")
                }
            }
        }
        #expect(try MerkleTree.consistencyProof(old: 5, new: 4, node: nodes.read) == nil)
        #expect(!MerkleTree.isConsistent(old: 5, oldRoot: roots[5], new: 4, newRoot: roots[4], proof: []))
    }

    /// Sizes that no log has must not trap either.
    @Test func numbersAtTheEdgeAreRefusedQuietly() throws {
        let root = Digest.of("root")
        for size in [Int64.max, Int64.max - 1, 1 << 62, -1, Int64.min] {
            for leaf in [Int64.max, Int64.max - 1, 0, -1, Int64.min] {
                #expect(!MerkleTree.isIncluded(root, leaf: leaf, size: size, proof: [root, root], root: root))
                #expect(!MerkleTree.isConsistent(old: leaf, oldRoot: root, new: size, newRoot: Digest.of("new"), proof: [root, root]))
            }
            if size > 0 { _ = MerkleTree.inclusionProof(leaf: size - 1, size: size) { _, _ in root } }
            if size > 0 { _ = MerkleTree.consistencyProof(old: size - 1, new: size) { _, _ in root } }
            #expect((MerkleTree.root(size: size) { _, _ in root } == nil) == (size < 0))
        }
    }
}
