#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace envfix::model {

/// The one table that spells an enumeration, read in both directions.
template <typename Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

template <typename Enum, std::size_t N>
constexpr std::string_view name_of(const Names<Enum, N>& names, Enum value)
{
    for (const auto& [known, name] : names) {
        if (known == value) return name;
    }
    return {};
}

template <typename Enum, std::size_t N>
constexpr std::optional<Enum> value_of(const Names<Enum, N>& names, std::string_view text)
{
    for (const auto& [value, known] : names) {
        if (known == text) return value;
    }
    return std::nullopt;
}

} // namespace envfix::model
