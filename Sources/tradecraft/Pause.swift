internal import Foundation

/// Between two looks at something that takes its time.
enum Pause {
    static func milliseconds(_ count: Int) { Thread.sleep(forTimeInterval: Double(count) / 1_000) }
}
