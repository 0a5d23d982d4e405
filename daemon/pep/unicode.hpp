#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// The few properties of Unicode characters that Python's `str` and `re` have and the packaging
/// formats lean on. Text is UTF-8; a byte that is not part of a well-formed sequence is a character
/// without any property.
namespace envfix::pep {

/// One character taken from the front of a text.
struct Decoded {
    char32_t value = 0;    ///< 0xFFFFFFFF for a byte that is not UTF-8
    std::uint8_t size = 0; ///< bytes it takes; 0 at the end of the text
};

/// Reads the first character of `text`.
Decoded decode_first(std::string_view text);

/// Appends `value` as UTF-8. Surrogates, which a Python string may hold, become three bytes each.
void append_utf8(std::string& out, char32_t value);

/// What `\s` matches and `str.strip()` removes.
bool is_space(char32_t value);

/// What `\w` matches: letters, numbers and the underscore.
bool is_word(char32_t value);

/// True if `str.isidentifier()` is.
bool is_identifier(std::string_view text);

/// What `str.lower()` returns, but for a sigma at the end of a word, which stays σ.
std::string lower(std::string_view text);

/// `text` without the white space at both ends, as `str.strip()` returns it.
std::string_view strip(std::string_view text);

/// The number of bytes of white space at the front of `text`.
std::size_t leading_space(std::string_view text);

} // namespace envfix::pep
