internal import CLinux
internal import Glibc
internal import Trading

// Runs the helpers of one run: descriptor 3 is the read-only market block, 4 the exchange block; the engine's process
// number, the memory limit in bytes, processor seconds and milliseconds a call are the arguments. It speaks through
// the exchange block alone and ends when the engine does.

/// Before anything of JavaScriptCore starts: what it reads from the environment. Polling traps end a script without
/// signals; the size of memory makes the collector run as often as our limit needs, whatever the machine has.
func prepareEnvironment(memoryBytes: Int) {
    let settings = [
        "TZ": "UTC", "JSC_forceRAMSize": String(memoryBytes * 4), "JSC_useWasm": "0",
        "JSC_useSharedArrayBuffer": "0", "JSC_useShadowRealm": "0",
        "JSC_jitMemoryReservationSize": "67108864", "JSC_numberOfGCMarkers": "1", "JSC_usePollingTraps": "1",
    ]
    for (name, value) in settings.sorted(by: { $0.key < $1.key }) { unsafe setenv(name, value, 1) }
    tzset()
}

func lockedDown(
    parent: pid_t?, memoryBytes: Int, cpuSeconds: Int, callMilliseconds: Int
) throws(Lockdown.Refused) -> ScriptEngine {
    prepareEnvironment(memoryBytes: memoryBytes)
    let engine = ScriptEngine(callMilliseconds: callMilliseconds, residentBytesMax: memoryBytes)
    engine.warmUp()
    // Above what the watch on resident memory ends politely, since JavaScriptCore maps more than it uses; the market
    // block, shared and read-only, counts as address space too.
    try Lockdown.limitResources(moreBytes: UInt64(memoryBytes) * 2 + (1 << 29), cpuSeconds: UInt64(cpuSeconds) + 2)
    try Lockdown.complete(parent: parent)
    return engine
}

let arguments = CommandLine.arguments
if arguments.count == 2, arguments[1] == "--self-test" {
    do {
        let engine = try lockedDown(parent: nil, memoryBytes: 512 << 20, cpuSeconds: 10, callMilliseconds: 1_000)
        SelfTest.run()
        withExtendedLifetime(engine) {}
    } catch {
        print("lockdown refused:", error.step)
        exit(1)
    }
    exit(0)
}
guard arguments.count == 5, let parent = pid_t(arguments[1]), let memoryBytes = Int(arguments[2]),
      let cpuSeconds = Int(arguments[3]), let callMilliseconds = Int(arguments[4]), memoryBytes > 0, memoryBytes < 1 << 40,
      let exchange = SharedMemory(descriptor: 4, writable: true), exchange.count >= SharedLayout.exchangeBytes(instruments: 0)
else {
    exit(64)
}
let engine: ScriptEngine
do {
    engine = try lockedDown(
        parent: parent, memoryBytes: memoryBytes, cpuSeconds: cpuSeconds, callMilliseconds: callMilliseconds)
} catch {
    exit(71)
}
Conversation(exchange: exchange, engine: engine).run()
