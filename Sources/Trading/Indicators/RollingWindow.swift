/// Folds over the last `window` elements at each position, in time proportional to the number of elements.
///
/// The elements are cut into blocks of `window`; every window is a suffix of one block and a prefix of the next (van
/// Herk 1992). Nothing is ever subtracted from a running figure, so no error builds up however long the series: each
/// result is as exact as a sum over its own window.
enum RollingWindow {
    /// Calls `emit` with each index from `window − 1` on and the fold of the elements `index − window + 1 … index`.
    /// `combine` is associative and takes the earlier part first.
    @inline(__always)
    static func fold<Part>(
        count: Int, window: Int, leaf: (Int) -> Part, combine: (Part, Part) -> Part, emit: (Int, Part) -> Void
    ) {
        guard window >= 1, count >= window else { return }
        // suffixes[k]: fold of the last k + 1 elements of the last complete block.
        var suffixes: [Part] = []
        suffixes.reserveCapacity(window)
        var blockStart = 0
        while blockStart < count {
            var prefix = leaf(blockStart)
            let length = min(window, count - blockStart)
            for offset in 0..<length {
                let index = blockStart + offset
                if offset > 0 { prefix = combine(prefix, leaf(index)) }
                if offset == window - 1 {
                    emit(index, prefix)
                } else if blockStart > 0 {
                    emit(index, combine(suffixes[window - 2 - offset], prefix))
                }
            }
            guard length == window else { return }
            suffixes.removeAll(keepingCapacity: true)
            var suffix = leaf(blockStart + window - 1)
            suffixes.append(suffix)
            for offset in stride(from: window - 2, through: 0, by: -1) {
                suffix = combine(leaf(blockStart + offset), suffix)
                suffixes.append(suffix)
            }
            blockStart += window
        }
    }

    /// The sum of each window; NaN before the first.
    static func sums(_ values: [Double], _ window: Int) -> [Double] {
        var result = [Double](repeating: .nan, count: values.count)
        fold(count: values.count, window: window, leaf: { values[$0] }, combine: +) { result[$0] = $1 }
        return result
    }

    /// The mean of each window; NaN before the first.
    static func means(_ values: [Double], _ window: Int) -> [Double] {
        var result = sums(values, window)
        for index in result.indices { result[index] /= Double(window) }
        return result
    }

    /// The largest of each window; NaN before the first.
    static func maxima(_ values: [Double], _ window: Int) -> [Double] {
        var result = [Double](repeating: .nan, count: values.count)
        fold(count: values.count, window: window, leaf: { values[$0] }, combine: { $0 < $1 ? $1 : $0 }) {
            result[$0] = $1
        }
        return result
    }

    /// The smallest of each window; NaN before the first.
    static func minima(_ values: [Double], _ window: Int) -> [Double] {
        var result = [Double](repeating: .nan, count: values.count)
        fold(count: values.count, window: window, leaf: { values[$0] }, combine: { $1 < $0 ? $1 : $0 }) {
            result[$0] = $1
        }
        return result
    }

    /// Mean and sum of squared distances from it, for each window from index `window − 1` on.
    static func moments(_ values: [Double], _ window: Int, emit: (Int, Moments) -> Void) {
        fold(count: values.count, window: window, leaf: { Moments(values[$0]) }, combine: Moments.merged, emit: emit)
    }
}

/// Count, mean and sum of squared distances from the mean, joined without cancellation (Chan, Golub, LeVeque 1979).
struct Moments {
    let count: Double
    let mean: Double
    let squares: Double

    init(_ value: Double) {
        count = 1
        mean = value
        squares = 0
    }

    private init(count: Double, mean: Double, squares: Double) {
        self.count = count
        self.mean = mean
        self.squares = squares
    }

    static func merged(_ a: Moments, _ b: Moments) -> Moments {
        let count = a.count + b.count
        let difference = b.mean - a.mean
        let share = b.count / count
        return Moments(
            count: count, mean: a.mean + difference * share,
            squares: a.squares + b.squares + difference * difference * a.count * share)
    }

    /// Divided by n.
    var deviation: Double { (squares / count).squareRoot() }
    /// Divided by n − 1.
    var sampleDeviation: Double { (squares / (count - 1)).squareRoot() }
}

/// `Moments` of pairs, for correlation.
struct PairMoments {
    let count: Double
    let meanX: Double
    let meanY: Double
    let squaresX: Double
    let squaresY: Double
    let products: Double

    init(_ x: Double, _ y: Double) {
        self.init(count: 1, meanX: x, meanY: y, squaresX: 0, squaresY: 0, products: 0)
    }

    private init(count: Double, meanX: Double, meanY: Double, squaresX: Double, squaresY: Double, products: Double) {
        self.count = count
        self.meanX = meanX
        self.meanY = meanY
        self.squaresX = squaresX
        self.squaresY = squaresY
        self.products = products
    }

    static func merged(_ a: PairMoments, _ b: PairMoments) -> PairMoments {
        let count = a.count + b.count
        let share = b.count / count
        let dx = b.meanX - a.meanX
        let dy = b.meanY - a.meanY
        return PairMoments(
            count: count, meanX: a.meanX + dx * share, meanY: a.meanY + dy * share,
            squaresX: a.squaresX + b.squaresX + dx * dx * a.count * share,
            squaresY: a.squaresY + b.squaresY + dy * dy * a.count * share,
            products: a.products + b.products + dx * dy * a.count * share)
    }

    /// Pearson's, within ±1; NaN when either side does not move.
    var correlation: Double {
        let scale = squaresX.squareRoot() * squaresY.squareRoot()
        guard scale > 0 else { return .nan }
        return min(max(products / scale, -1), 1)
    }
}
