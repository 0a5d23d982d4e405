#pragma once

#include "runner.hpp"

/// One function for each kind of vector file, each in a .cpp of the kind's name.
namespace envfix::conformance {} // namespace envfix::conformance
