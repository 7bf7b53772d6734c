internal import CLinux
internal import Glibc

/// A block of memory shared with the engine. Every access is checked against its bounds; nothing here trusts an offset
/// that came from the other side.
@safe final class SharedMemory {
    private let base: UnsafeMutableRawPointer
    let count: Int

    /// Maps the whole of an open descriptor; nil when the kernel refuses.
    init?(descriptor: Int32, writable: Bool) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_size > 0 else { return nil }
        count = Int(status.st_size)
        let protection = writable ? PROT_READ | PROT_WRITE : PROT_READ
        guard let mapped = unsafe mmap(nil, count, protection, MAP_SHARED, descriptor, 0),
              unsafe mapped != MAP_FAILED else { return nil }
        unsafe base = mapped
    }

    deinit { unsafe munmap(base, count) }

    func load<Value: BitwiseCopyable>(_ offset: Int, as type: Value.Type = Value.self) -> Value {
        check(offset, MemoryLayout<Value>.size)
        return unsafe base.loadUnaligned(fromByteOffset: offset, as: type)
    }

    func store<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
        check(offset, MemoryLayout<Value>.size)
        unsafe base.storeBytes(of: value, toByteOffset: offset, as: Value.self)
    }

    func array<Value: BitwiseCopyable>(_ offset: Int, count values: Int, of type: Value.Type = Value.self) -> [Value] {
        precondition(values >= 0 && values <= count, "Invariant: a column fits its block.")
        check(offset, values * MemoryLayout<Value>.stride)
        return unsafe [Value](unsafeUninitializedCapacity: values) { buffer, initialized in
            unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(
                from: UnsafeRawBufferPointer(start: base + offset, count: values * MemoryLayout<Value>.stride))
            initialized = values
        }
    }

    func store(bytes: ArraySlice<UInt8>, at offset: Int) {
        check(offset, bytes.count)
        unsafe bytes.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe (base + offset).copyMemory(from: start, byteCount: source.count)
        }
    }

    /// A word the other side wrote last, with everything it wrote before.
    func acquire(_ offset: Int) -> UInt32 {
        check(offset, 4)
        return unsafe tc_load_acquire(base + offset)
    }

    /// Publishes a word after everything written before it, and wakes who sleeps on it.
    func release(_ value: UInt32, at offset: Int) {
        check(offset, 4)
        unsafe tc_store_release(base + offset, value)
        _ = unsafe tc_futex_wake(base + offset)
    }

    /// Waits until the word differs from `value`: spinning first, because the engine usually asks again within
    /// microseconds, then asleep.
    func wait(while value: UInt32, at offset: Int) {
        check(offset, 4)
        let spinUntil = tc_monotonic_nanoseconds() + 30_000
        while tc_monotonic_nanoseconds() < spinUntil {
            for _ in 0..<32 { tc_spin_pause() }
            if acquire(offset) != value { return }
        }
        while acquire(offset) == value { _ = unsafe tc_futex_wait(base + offset, value, 10_000) }
    }

    private func check(_ offset: Int, _ bytes: Int) {
        precondition(offset >= 0 && bytes >= 0 && offset <= count - bytes, "Invariant: offsets stay inside shared memory.")
    }
}
