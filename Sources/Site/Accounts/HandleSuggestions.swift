internal import Marketplace

/// Handles to offer in place of one that is taken.
enum HandleSuggestions {
    /// Many, the nicest first: some will be taken too.
    static func candidates(for handle: Handle, random: inout some RandomNumberGenerator) -> [String] {
        let numbers = [2, 3, 4, 6, 7, 8, 9].map(String.init) + (0..<8).map { _ in String(Int.random(in: 22...999, using: &random)) }
        var candidates: [String] = []
        for number in numbers {
            var stem = handle.text.prefix(Handle.charactersMax - number.count - 1)
            while stem.last == "-" { stem.removeLast() }
            let text = "\(stem)-\(number)"
            // A text of ours that is no handle is not offered; it has no other meaning.
            if let candidate = try? Handle(text), !candidates.contains(candidate.text) { candidates.append(candidate.text) }
        }
        return candidates
    }
}
