// The only way the rest of the package sees libpq. Includes, and static inline functions for what
// the Swift importer cannot bring in (macros, variadics); nothing else.
#pragma once
#include <libpq-fe.h>
