#pragma once

#include "base/result.hpp"
#include "wire/types.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <tuple>

/// What the conversions have in common: reading a field of a structure, one that was added later, and a word of our own.
namespace envfix::wire {

template <std::size_t I, typename Wire> const auto& at(const Wire& wire)
{
    return std::get<I>(wire);
}

/// What of this type was told later under this name; nothing where it was not.
template <typename T> T told_later(const More& more, const char* name)
{
    const auto found = more.find(name);
    return found != more.end() && found->second.containsValueOfType<T>() ? found->second.get<T>() : T{};
}

/// Reads one of our own words by its table.
template <typename T> Result<T> known(std::optional<T> value, const char* what, const String& text)
{
    if (value) return *value;
    return fail(ErrorCode::malformed, std::string{"the daemon speaks of a "} + what + " that is unknown here: " + text);
}

} // namespace envfix::wire
