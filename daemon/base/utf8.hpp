#pragma once

#include <cstddef>
#include <string_view>

namespace envfix {

struct CodePoint {
    char32_t value = 0;
    std::size_t length = 0; ///< bytes that it takes; 0: what stands there is no UTF-8 (RFC 3629)
};

/// The first character of a text that is not empty.
CodePoint first_code_point(std::string_view text);

/// Whether all of it is UTF-8; of nothing it is.
bool is_utf8(std::string_view text);

} // namespace envfix
