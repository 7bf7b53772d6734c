public import Base

/// What the helpers of one run may take.
public struct SandboxLimits: Sendable, Hashable {
    /// Processor seconds of the whole run, all threads.
    public var cpuSeconds: Int
    /// Processor milliseconds of one call of `entry` or `exit`.
    public var callMilliseconds: Int
    /// Resident memory of the sandbox process, the engine's own 40 MB or so included.
    public var memoryBytes: Int
    /// Of everything logged, with eight bytes a line for its place.
    public var logBytes: Int

    public init(
        cpuSeconds: Int = Limits.helperSecondsMax, callMilliseconds: Int = 2_000,
        memoryBytes: Int = Limits.helperMemoryBytesMax, logBytes: Int = Limits.helperLogBytesMax
    ) {
        self.cpuSeconds = cpuSeconds
        self.callMilliseconds = callMilliseconds
        self.memoryBytes = memoryBytes
        self.logBytes = logBytes
    }

    /// What the platform gives every run.
    public static let standard = SandboxLimits()
}
