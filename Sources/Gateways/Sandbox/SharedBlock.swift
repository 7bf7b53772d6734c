internal import CLinux
internal import Glibc

/// A block of anonymous memory that a sandbox maps by its descriptor. Every access is checked against the bounds, so
/// that nothing read from a sandbox can become an address.
@safe final class SharedBlock {
    /// Open until `closeDescriptor`.
    private(set) var descriptor: Int32
    private(set) var count = 0
    private var base: UnsafeMutableRawPointer?

    /// An empty block. Nil when the kernel has no memory.
    init?() {
        descriptor = anonymousFile()
        unsafe base = nil
        guard descriptor >= 0 else { return nil }
    }

    /// Gives the block its size, once, and zeroed memory. False when the kernel has none.
    func map(bytes: Int) -> Bool {
        precondition(count == 0 && bytes > 0, "Invariant: a block gets its size once.")
        guard ftruncate(descriptor, bytes) == 0,
              let mapped = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
              unsafe mapped != MAP_FAILED
        else { return false }
        unsafe base = mapped
        count = bytes
        return true
    }

    deinit {
        unmap()
        closeDescriptor()
    }

    /// Nobody can change its size any more.
    func sealSize() -> Bool { tc_seal_size(descriptor) == 0 }

    /// Gives up this side's mapping; nobody can write to the block any more.
    func sealContents() -> Bool {
        unmap()
        return tc_seal_read_only(descriptor) == 0
    }

    func closeDescriptor() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    private func unmap() {
        if let mapped = unsafe base { unsafe munmap(mapped, count) }
        unsafe base = nil
    }

    private func pointer(_ offset: Int, _ bytes: Int) -> UnsafeMutableRawPointer {
        precondition(offset >= 0 && bytes >= 0 && offset <= count - bytes, "Invariant: offsets stay inside shared memory.")
        guard let base = unsafe base else { preconditionFailure("Invariant: a sealed block is not touched.") }
        return unsafe base + offset
    }

    func load<Value: BitwiseCopyable>(_ offset: Int, as type: Value.Type = Value.self) -> Value {
        unsafe pointer(offset, MemoryLayout<Value>.size).loadUnaligned(as: type)
    }

    func store<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
        unsafe pointer(offset, MemoryLayout<Value>.size).storeBytes(of: value, as: Value.self)
    }

    func store<Value: BitwiseCopyable>(array: [Value], at offset: Int) {
        let target = unsafe pointer(offset, array.count * MemoryLayout<Value>.stride)
        unsafe array.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe target.copyMemory(from: start, byteCount: source.count)
        }
    }

    func bytes(_ offset: Int, count: Int) -> [UInt8] {
        let source = unsafe pointer(offset, count)
        return unsafe Array(UnsafeRawBufferPointer(start: source, count: count))
    }

    /// A word the other side wrote last, with everything it wrote before.
    func acquire(_ offset: Int) -> UInt32 { unsafe tc_load_acquire(pointer(offset, 4)) }

    /// Publishes a word after everything written before it, and wakes who sleeps on it.
    func release(_ value: UInt32, at offset: Int) {
        let word = unsafe pointer(offset, 4)
        unsafe tc_store_release(word, value)
        _ = unsafe tc_futex_wake(word)
    }

    /// Sleeps until somebody publishes the word, it already differs from `value`, or the time is over.
    func sleep(while value: UInt32, at offset: Int, milliseconds: Int) {
        _ = unsafe tc_futex_wait(pointer(offset, 4), value, milliseconds)
    }
}

/// Memory with a file's interface and no name; -1 when the kernel has none.
func anonymousFile() -> Int32 { unsafe tc_sealable_memory("tradecraft") }
