#pragma once

#include <array>
#include <cstdint>

/// The data behind unicode.hpp; see unicode_tables.cpp for where it comes from.
namespace envfix::pep {

/// Characters `first` to `last`, both included.
struct CodeRange {
    char32_t first = 0;
    char32_t last = 0;
};

/// Characters of `first` to `last`, every `stride`-th, whose lower case lies `delta` further.
struct CaseRange {
    char32_t first = 0;
    char32_t last = 0;
    std::uint32_t stride = 1;
    std::int32_t delta = 0;
};

extern const std::array<CodeRange, 745> k_word;
extern const std::array<CodeRange, 142> k_word_but_not_identifier_start;
extern const std::array<CodeRange, 3> k_identifier_start_but_not_word;
extern const std::array<CodeRange, 376> k_identifier_continue_only;
extern const std::array<CaseRange, 180> k_lower;

} // namespace envfix::pep
