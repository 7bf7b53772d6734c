import Base
import Foundation
import Security
import Synchronization
import Testing
import TestSupport

@Suite struct PasswordHashTests {
    @Test func aHashHoldsForItsPasswordAlone() throws {
        let stored = try PasswordHash.make(Secret("correct horse 7"))
        #expect(stored.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(try PasswordHash.verify(Secret("correct horse 7"), against: stored))
        #expect(try !PasswordHash.verify(Secret("correct horse 8"), against: stored))
        #expect(try !PasswordHash.verify(Secret(""), against: stored))
        #expect(try PasswordHash.make(Secret("correct horse 7")) != stored)
    }

    @Test func malformedHashesAreErrors() {
        for bad in ["", "x", "$argon2id$v=19$m=19456,t=2,p=1$"] {
            #expect(throws: SecurityError.self) { try PasswordHash.verify(Secret("x"), against: bad) }
        }
    }

    /// Two hold the slots, two wait, the fifth is refused at once; a freed slot goes to one who waits.
    @Test func slotsAreFewAndTheQueueIsShort() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("slots-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let slots = HashSlots(folder: folder)
        // A second process is another object over the same folder.
        let elsewhere = HashSlots(folder: folder)
        let counts = Mutex((holding: 0, most: 0, done: 0, busy: 0))
        let release = Mutex(false)
        let hold: @Sendable (HashSlots) -> Void = { slots in
            do {
                try slots.withSlot {
                    counts.withLock { $0.holding += 1; $0.most = max($0.most, $0.holding) }
                    try waitUntil("the test lets go", seconds: 20) { release.withLock { $0 } }
                    counts.withLock { $0.holding -= 1; $0.done += 1 }
                }
            } catch {
                counts.withLock { $0.busy += 1 }
            }
        }
        Thread.detachNewThread { hold(slots) }
        Thread.detachNewThread { hold(elsewhere) }
        try waitUntil("both slots are taken", seconds: 10) { counts.withLock { $0.holding } == 2 }
        for _ in 0..<3 { Thread.detachNewThread { hold(slots) } }
        try waitUntil("the fifth is refused", seconds: 1) { counts.withLock { $0.busy } >= 1 }
        release.withLock { $0 = true }
        try waitUntil("everybody is through", seconds: 10) { counts.withLock { $0.done + $0.busy } == 5 }
        #expect(counts.withLock { $0.most } <= 2)
        #expect(counts.withLock { $0.done } == 4)
    }
}
