// The only way the sandbox sees JavaScriptCore: its C interface, without the GLib one.
#pragma once
#include <JavaScriptCore/JavaScript.h>
