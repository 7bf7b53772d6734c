public import Base

extension SeededRandom {
    /// 0 up to `bound`, which is left out.
    public mutating func next(below bound: Int) -> Int { Int(next(upperBound: UInt64(bound))) }
}
