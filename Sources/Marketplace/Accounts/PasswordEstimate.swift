/// How hard a password is to guess for somebody who knows how people make them.
///
/// The cheapest way to write it down as pieces, each worth the bits that a guesser spends on it: common words, also
/// backwards and with digits for letters; names of its owner; rows of keys and of the alphabet; years; repetitions; and
/// single characters for the rest.
struct PasswordEstimate {
    /// Bits; single characters cost what a guesser who knows only their kind has to try.
    let bits: Double

    /// Only so many characters are looked at: they decide.
    private static let charactersMax = 64
    /// Longest name or word that is recognised.
    static let pieceCharactersMax = 40
    private static let nameBits = 2.0
    private static let yearBits = 7.0
    private static let variantBits = 1.0

    /// `names` are lower-case words that belong to the owner.
    init(_ text: String, names: Set<String> = []) {
        let raw = Array(text.prefix(Self.charactersMax))
        let lower = raw.map { Character($0.lowercased().first.map(String.init) ?? String($0)) }
        // Also without what only separates words: `p-a-s-s` is no better than `pass`, and a little is paid for it.
        let bare = lower.filter { $0.isLetter || $0.isNumber }
        let whole = Self.cheapest(lower, names: names)
        let squeezed = bare.count == lower.count ? whole : Self.cheapest(bare, names: names) + 5
        bits = min(whole, squeezed) + (lower == raw ? 0 : Self.variantBits)
    }

    private static func cheapest(_ text: [Character], names: Set<String>) -> Double {
        let plain = text.map { letters[$0] ?? $0 }
        let plainL = text.map { $0 == "1" || $0 == "!" ? "l" : letters[$0] ?? $0 }
        var best = [0.0] + [Double](repeating: .infinity, count: text.count)
        for start in text.indices {
            func offer(_ length: Int, _ bits: Double) { best[start + length] = min(best[start + length], best[start] + bits) }
            offer(1, characterBits(text[start]))
            for length in 3...pieceCharactersMax where start + length <= text.count {
                let range = start..<(start + length)
                for (form, extra) in [(text[range], 0.0), (plain[range], variantBits), (plainL[range], variantBits)] {
                    let word = String(form)
                    let back = String(form.reversed())
                    if names.contains(word) { offer(length, nameBits + extra) }
                    if names.contains(back) { offer(length, nameBits + variantBits + extra) }
                    if CommonWords.all.contains(word) { offer(length, wordBits(length) + extra) }
                    if CommonWords.all.contains(back) { offer(length, wordBits(length) + variantBits + extra) }
                }
            }
            for length in 3...max(3, text.count - start) where start + length <= text.count {
                guard let bits = rowBits(text[start..<(start + length)]) else { break }
                offer(length, bits)
            }
            if start + 4 <= text.count, let year = Int(String(text[start..<(start + 4)])), (1900...2049).contains(year) { offer(4, yearBits) }
            for unit in 1...max(1, (text.count - start) / 2) {
                var length = unit
                while start + length < text.count, text[start + length] == text[start + length - unit] { length += 1 }
                guard length >= max(3, 2 * unit) else { continue }
                let bits = text[start..<(start + unit)].reduce(0) { $0 + characterBits($1) } + 2
                for end in max(3, 2 * unit)...length { offer(end, bits) }
            }
        }
        return best[text.count]
    }

    /// About a thousand words are in use. Short ones are in texts by chance: what they save is little.
    private static func wordBits(_ length: Int) -> Double { length == 3 ? 12.5 : length == 4 ? 11 : 9 }

    private static func characterBits(_ character: Character) -> Double {
        switch character {
        case "0"..."9": 3.3
        case "a"..."z": 4.7
        case _ where character.isLetter: 6
        default: 5
        }
    }

    /// Digits and signs that stand for letters; `1` and `!` are also tried as `l`.
    private static let letters: [Character: Character] = [
        "0": "o", "1": "i", "!": "i", "3": "e", "4": "a", "@": "a", "5": "s", "$": "s", "7": "t", "+": "t", "8": "b", "9": "g", "6": "g",
    ]

    /// What a row costs: every next character is the same, next in the alphabet in one direction, or beside it on one
    /// keyboard; straight rows come to mind first. Nil for no row. Short ones are in texts by chance.
    private static func rowBits(_ text: ArraySlice<Character>) -> Double? {
        let steps = zip(text, text.dropFirst()).map { step($0, $1) }
        if let first = steps[0], abs(first) <= 1, steps.allSatisfy({ $0 == first }) { return straightBits(text.count) }
        var isBent = false
        for keys in keyboards {
            let places = text.map { keys[$0] }
            let moves = zip(places, places.dropFirst()).map { from, to -> Move? in
                guard let from, let to else { return nil }
                return Move(across: to.column - from.column, down: to.row - from.row)
            }
            guard let first = moves[0], moves.allSatisfy({ $0?.isToNeighbour == true }) else { continue }
            if moves.allSatisfy({ $0 == first }) { return straightBits(text.count) }
            isBent = true
        }
        return isBent ? [3: 14, 4: 14, 5: 11.5][text.count] ?? 9 : nil
    }

    private static func straightBits(_ count: Int) -> Double { count == 3 ? 11.5 : 8 }

    private struct Move: Equatable {
        let across: Int
        let down: Int
        /// Rows are shifted by half a key: a key touches the one below it and that below to its left.
        var isToNeighbour: Bool {
            switch down {
            case 0: abs(across) <= 1
            case 1: across == 0 || across == -1
            case -1: across == 0 || across == 1
            default: false
            }
        }
    }

    private static func step(_ a: Character, _ b: Character) -> Int? {
        guard let a = a.unicodeScalars.first, let b = b.unicodeScalars.first else { return nil }
        return Int(b.value) - Int(a.value)
    }

    private static let keyboards: [[Character: (row: Int, column: Int)]] = [
        ["1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"],
        ["1234567890ß", "qwertzuiopü+", "asdfghjklöä#", "yxcvbnm,.-"],
        ["1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn,;:!"],
    ].map { rows in
        var keys: [Character: (row: Int, column: Int)] = [:]
        for (row, text) in rows.enumerated() { for (column, key) in text.enumerated() { keys[key] = (row, column) } }
        return keys
    }
}
