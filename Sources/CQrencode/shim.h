// The only way the rest of the package sees libqrencode.
#pragma once
#include <qrencode.h>
