// The only way the sandbox sees JavaScriptCore: its C interface, without the GLib one.
#pragma once
#include <JavaScriptCore/JavaScript.h>

// Exported by libjavascriptcoregtk-4.1 but missing from its public headers (WebKit's JSContextRefPrivate.h and
// JSRemoteInspector.h declare them).
typedef bool (*JSShouldTerminateCallback)(JSContextRef context, void *state);
// Calls `callback` after `limit` seconds of processor time inside one outermost call, and again after each further
// `limit` while it answers false; true ends the script with an exception it cannot catch.
void JSContextGroupSetExecutionTimeLimit(JSContextGroupRef group, double limit, JSShouldTerminateCallback callback,
                                         void *state);
// False makes `eval`, `Function` and its relatives throw an error with `message`.
void JSGlobalContextSetEvalEnabled(JSGlobalContextRef context, bool enabled, JSStringRef message);
// The frames of the running script, innermost first, one a line.
JSStringRef JSContextCreateBacktrace(JSContextRef context, unsigned stackSizeMax);
void JSRemoteInspectorDisableAutoStart(void);
