#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace envfix::pep {

/// The value of a Python string literal without prefix: `literal` begins and ends with the same
/// quote, ' or ", which does not stand in between. Escapes are those of Python 3 but for \N{…};
/// an unknown one stays as it is. ErrorCode::malformed where CPython has a syntax error.
Result<std::string> decode_python_string(std::string_view literal);

} // namespace envfix::pep
