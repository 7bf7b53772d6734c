internal import CJavaScriptCore
internal import CLinux
internal import Glibc
internal import Trading

/// Why a script could not go on, in terms of the JavaScript that ran.
struct ScriptFailure: Error {
    let kind: SharedLayout.Failure
    let message: String
    /// Of the JavaScript, from 1; 0 when unknown.
    let line: Int32
    let column: Int32

    init(_ kind: SharedLayout.Failure, _ message: String, line: Int32 = 0, column: Int32 = 0) {
        self.kind = kind
        self.message = message
        self.line = line
        self.column = column
    }
}

/// What natively implemented functions do when a script calls them.
protocol ScriptHost: AnyObject {
    /// An array that the sandbox fills as bars close, or a sentence on why there is none.
    func feed(_ request: FeedRequest) throws(FeedRefusal) -> JSObjectRef
    func log(_ text: String)
    func random() -> Double
    func importRefused()
}

/// A series a script wants to read: a column or one line of an indicator.
struct FeedRequest {
    /// Below `Prelude.columnKinds` a column, else an index into `IndicatorKind.allCases`.
    let kind: Int
    let instrument: Int
    let line: Int
    /// The instrument compared with, or -1.
    let other: Int
    let numbers: [Double]
}

/// Why a script does not get a series; a sentence for its author.
struct FeedRefusal: Error { let message: String }

/// One JavaScriptCore context and the limits on each call into it.
///
/// Nothing a script can reach refers to this object: natives are functions that only the prelude holds.
@safe final class ScriptEngine {
    private let group: JSContextGroupRef
    private let context: JSGlobalContextRef
    private var host: (any ScriptHost)?
    /// Counted in slices of processor time, so that memory is looked at while a long call runs.
    private let callSlicesMax: Int
    private let residentBytesMax: Int
    private var slices = 0
    private var stop: SharedLayout.Failure?
    private var backtrace = ""
    private let sliceSeconds = 0.05

    /// - Parameters:
    ///   - callMilliseconds: processor time one call may take.
    ///   - residentBytesMax: memory of the whole process above which a script is ended.
    init(callMilliseconds: Int, residentBytesMax: Int) {
        callSlicesMax = max(1, callMilliseconds / 50)
        self.residentBytesMax = residentBytesMax
        JSRemoteInspectorDisableAutoStart()
        guard let group = unsafe JSContextGroupCreate(), let context = unsafe JSGlobalContextCreateInGroup(group, nil) else {
            fatalError("Invariant: JavaScriptCore makes a context.")
        }
        unsafe self.group = unsafe group
        unsafe self.context = unsafe context
        let reason = unsafe Self.makeString("A helper cannot make code from text.")
        unsafe JSGlobalContextSetEvalEnabled(context, false, reason)
        unsafe JSStringRelease(reason)
    }

    deinit {
        unsafe JSGlobalContextRelease(context)
        unsafe JSContextGroupRelease(group)
    }

    /// Starts counting processor time; before, scripts are ours and run without limits.
    func limitCalls(host: any ScriptHost) {
        self.host = host
        startSlice()
    }

    /// One slice of processor time; JavaScriptCore forgets the limit once it has asked.
    private func startSlice() {
        unsafe JSContextGroupSetExecutionTimeLimit(group, sliceSeconds, { context, state in
            guard let context = unsafe context, let state = unsafe state else { return true }
            let engine = unsafe Unmanaged<ScriptEngine>.fromOpaque(state).takeUnretainedValue()
            return unsafe engine.shouldStop(context)
        }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func shouldStop(_ running: JSContextRef) -> Bool {
        slices += 1
        if tc_resident_bytes_max() > residentBytesMax {
            stop = .memoryLimit
        } else if slices >= callSlicesMax {
            stop = .timeLimit
        }
        guard stop != nil else {
            startSlice()
            return false
        }
        guard let text = unsafe JSContextCreateBacktrace(running, 32) else { return true }
        backtrace = unsafe Self.string(text)
        unsafe JSStringRelease(text)
        return true
    }

    /// Runs a script of ours and collects garbage, before the process locks itself down.
    func warmUp() {
        do {
            _ = try unsafe evaluate(Prelude.warmUp, file: "warm-up")
        } catch {
            fatalError("Invariant: the warm-up runs.")
        }
        unsafe JSGarbageCollect(context)
    }

    // MARK: Calls

    func evaluate(_ source: String, file: String) throws(ScriptFailure) -> JSValueRef {
        let script = unsafe Self.makeString(source)
        let name = unsafe Self.makeString(file)
        defer { unsafe JSStringRelease(script); unsafe JSStringRelease(name) }
        beginCall()
        var exception: JSValueRef?
        let value = unsafe JSEvaluateScript(context, script, nil, name, 1, &exception)
        return try unsafe finish(value, exception, file)
    }

    /// Calls a function that the caller keeps alive. `file` is the script to blame.
    func call(_ function: JSObjectRef, _ arguments: [JSValueRef?], file: String) throws(ScriptFailure) -> JSValueRef {
        beginCall()
        var exception: JSValueRef?
        let value = unsafe JSObjectCallAsFunction(context, function, nil, arguments.count, arguments, &exception)
        return try unsafe finish(value, exception, file)
    }

    private func beginCall() { slices = 0 }

    private func finish(_ value: JSValueRef?, _ exception: JSValueRef?, _ file: String) throws(ScriptFailure) -> JSValueRef {
        if let stopped = stopFailure(file: file) { throw stopped }
        if let exception = unsafe exception { throw unsafe describe(exception, file) }
        guard let value = unsafe value else { throw ScriptFailure(.threw, "The helper ended without a result.") }
        return unsafe value
    }

    /// Why the script was ended, if it was: also to be asked after reading members, whose getters are scripts.
    func stopFailure(file: String) -> ScriptFailure? {
        guard let stop else { return nil }
        let place = Self.place(in: backtrace, file: file)
        let message = stop == .timeLimit
            ? "The helper used \(callSlicesMax * 50) ms of processor time in one call and was ended."
            : "The helper used more than \(residentBytesMax / 1_048_576) MB of memory and was ended."
        return ScriptFailure(stop, message, line: place.line, column: place.column)
    }

    private func describe(_ exception: JSValueRef, _ file: String) -> ScriptFailure {
        let text = unsafe string(exception) ?? "an error that cannot be shown"
        var place = (line: Int32(0), column: Int32(0))
        if let object = unsafe object(exception), let stack = unsafe property(object, "stack"),
           let frames = unsafe string(stack) {
            place = Self.place(in: frames, file: file)
        }
        if text.contains("Out of memory") {
            return ScriptFailure(.memoryLimit, "The helper asked for more memory than it may have.",
                                 line: place.line, column: place.column)
        }
        return ScriptFailure(.threw, text, line: place.line, column: place.column)
    }

    /// The innermost `file:line:column` of a stack, or zeros.
    static func place(in stack: String, file: String) -> (line: Int32, column: Int32) {
        let name = Array((file + ":").utf8)
        let bytes = Array(stack.utf8)
        var index = 0
        while index + name.count < bytes.count {
            guard bytes[index..<index + name.count].elementsEqual(name) else { index += 1; continue }
            let numbers = bytes[(index + name.count)...].prefix { $0 == UInt8(ascii: ":") || (48...57).contains($0) }
                .split(separator: UInt8(ascii: ":")).prefix(2).compactMap { Int32(String(decoding: $0, as: UTF8.self)) }
            if let line = numbers.first { return (line, numbers.count > 1 ? numbers[1] : 0) }
            index += name.count
        }
        return (0, 0)
    }

    // MARK: Values

    func isNothing(_ value: JSValueRef) -> Bool {
        unsafe JSValueIsNull(context, value) || JSValueIsUndefined(context, value)
    }
    func number(_ value: JSValueRef) -> Double? {
        unsafe JSValueIsNumber(context, value) ? JSValueToNumber(context, value, nil) : nil
    }
    func isString(_ value: JSValueRef) -> Bool { unsafe JSValueIsString(context, value) }
    func object(_ value: JSValueRef) -> JSObjectRef? {
        unsafe JSValueIsObject(context, value) ? JSValueToObject(context, value, nil) : nil
    }
    func function(_ value: JSValueRef) -> JSObjectRef? {
        guard let object = unsafe object(value), unsafe JSObjectIsFunction(context, object) else { return nil }
        return unsafe object
    }

    /// The value as text, by its own `toString` if it is an object; nil when that throws.
    func string(_ value: JSValueRef) -> String? {
        guard let text = unsafe JSValueToStringCopy(context, value, nil) else { return nil }
        defer { unsafe JSStringRelease(text) }
        return unsafe Self.string(text)
    }

    /// Reads a member, running a getter if it is one; nil when that throws.
    func property(_ object: JSObjectRef, _ name: String) -> JSValueRef? {
        let key = unsafe Self.makeString(name)
        defer { unsafe JSStringRelease(key) }
        var exception: JSValueRef?
        let value = unsafe JSObjectGetProperty(context, object, key, &exception)
        return unsafe exception == nil ? value : nil
    }

    func element(_ object: JSObjectRef, _ index: Int) -> JSValueRef? {
        unsafe JSObjectGetPropertyAtIndex(context, object, UInt32(index), nil)
    }

    // What these make is kept: the collector finds values on the stack, but not in Swift's arrays. They are for the few
    // values a run starts with.

    func makeNumber(_ value: Double) -> JSValueRef? { unsafe JSValueMakeNumber(context, value) }
    func makeBool(_ value: Bool) -> JSValueRef? { unsafe JSValueMakeBoolean(context, value) }
    func makeText(_ value: String) -> JSValueRef? {
        let text = unsafe Self.makeString(value)
        defer { unsafe JSStringRelease(text) }
        guard let made = unsafe JSValueMakeString(context, text) else { return nil }
        unsafe keep(made)
        return unsafe made
    }
    func makeObject(_ members: [(String, JSValueRef?)]) -> JSObjectRef? {
        guard let object = unsafe JSObjectMake(context, nil, nil) else { return nil }
        unsafe keep(object)
        for unsafe (name, value) in unsafe members {
            let key = unsafe Self.makeString(name)
            unsafe JSObjectSetProperty(context, object, key, value, 0, nil)
            unsafe JSStringRelease(key)
        }
        return unsafe object
    }
    func makeArray(_ items: [JSValueRef?]) -> JSObjectRef? {
        guard let array = unsafe JSObjectMakeArray(context, items.count, items, nil) else { return nil }
        unsafe keep(array)
        return unsafe array
    }

    /// Keeps a value alive for as long as the context lives.
    func keep(_ value: JSValueRef) { unsafe JSValueProtect(context, value) }

    /// A Float64Array that lives as long as the context, and its memory, which never moves: asking for the pointer pins it.
    func makeNumbers(_ count: Int) -> (object: JSObjectRef, values: UnsafeMutableBufferPointer<Double>)? {
        let made = unsafe JSObjectMakeTypedArray(context, kJSTypedArrayTypeFloat64Array, max(1, count), nil)
        guard let object = unsafe made else { return nil }
        unsafe keep(object)
        guard let bytes = unsafe JSObjectGetTypedArrayBytesPtr(context, object, nil) else { return nil }
        return unsafe (object, UnsafeMutableBufferPointer(start: bytes.assumingMemoryBound(to: Double.self), count: count))
    }

    // MARK: Natives

    enum Native: CaseIterable { case feed, log, random, importRefused }

    /// A function that only its holder can call.
    func makeNative(_ native: Native) -> JSObjectRef? {
        var definition = unsafe JSClassDefinition()
        switch native {
        case .feed:
            unsafe definition.callAsFunction = { _, function, _, count, arguments, exception in
                unsafe ScriptEngine.from(function)?.callFeed(count, arguments, exception)
            }
        case .log:
            unsafe definition.callAsFunction = { _, function, _, count, arguments, _ in
                unsafe ScriptEngine.from(function)?.callLog(count, arguments)
            }
        case .random:
            unsafe definition.callAsFunction = { _, function, _, _, _, _ in
                guard let engine = unsafe ScriptEngine.from(function) else { return nil }
                return unsafe engine.makeNumber(engine.host?.random() ?? 0)
            }
        case .importRefused:
            unsafe definition.callAsFunction = { context, function, _, _, _, _ in
                unsafe ScriptEngine.from(function)?.host?.importRefused()
                return unsafe JSValueMakeUndefined(context)
            }
        }
        guard let kind = unsafe JSClassCreate(&definition) else { return nil }
        defer { unsafe JSClassRelease(kind) }
        guard let function = unsafe JSObjectMake(context, kind, Unmanaged.passUnretained(self).toOpaque()) else { return nil }
        unsafe keep(function)
        return unsafe function
    }

    private static func from(_ function: JSObjectRef?) -> ScriptEngine? {
        guard let state = unsafe JSObjectGetPrivate(function) else { return nil }
        return unsafe Unmanaged<ScriptEngine>.fromOpaque(state).takeUnretainedValue()
    }

    private func callFeed(
        _ count: Int, _ arguments: UnsafePointer<JSValueRef?>?, _ exception: UnsafeMutablePointer<JSValueRef?>?
    ) -> JSValueRef? {
        var numbers: [Double] = []
        for index in 0..<min(count, 16) {
            if let value = unsafe arguments?[index], let number = unsafe number(value) { numbers.append(number) }
        }
        var message = "There is no such series."
        let places = numbers.prefix(4).compactMap { Int(exactly: $0) }
        if places.count == 4, let host {
            let request = FeedRequest(
                kind: places[0], instrument: places[1], line: places[2], other: places[3], numbers: Array(numbers[4...]))
            do throws(FeedRefusal) {
                return try unsafe host.feed(request)
            } catch {
                message = error.message
            }
        }
        let text = unsafe makeText(message)
        unsafe exception?.pointee = unsafe JSObjectMakeError(context, 1, [text], nil)
        unsafe JSValueUnprotect(context, text)
        return unsafe JSValueMakeUndefined(context)
    }

    private func callLog(_ count: Int, _ arguments: UnsafePointer<JSValueRef?>?) -> JSValueRef? {
        if count > 0, let value = unsafe arguments?[0], let text = unsafe string(value) { host?.log(text) }
        return unsafe JSValueMakeUndefined(context)
    }

    // MARK: Strings

    private static func makeString(_ text: String) -> JSStringRef? {
        unsafe text.withCString { unsafe JSStringCreateWithUTF8CString($0) }
    }

    private static func string(_ text: JSStringRef) -> String {
        let units = unsafe JSStringGetLength(text)
        guard units > 0, let characters = unsafe JSStringGetCharactersPtr(text) else { return "" }
        return unsafe String(decoding: UnsafeBufferPointer(start: characters, count: min(units, 65_536)), as: UTF16.self)
    }
}
