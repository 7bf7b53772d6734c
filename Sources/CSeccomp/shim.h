// The only way the sandbox sees libseccomp.
#pragma once
#include <seccomp.h>
