#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

/// The bytes that records are made of: numbers of a fixed size, little end first, and texts with their length before them.
/// Inside of this module only.
namespace envfix::accounts {

class Writer {
public:
    void byte(std::uint8_t value) { m_bytes.push_back(static_cast<char>(value)); }

    void flag(bool value) { byte(value ? 1 : 0); }

    void number(std::uint32_t value);
    void text(std::string_view value);

    [[nodiscard]] std::string take() { return std::move(m_bytes); }

private:
    std::string m_bytes;
};

/// Reads what a Writer wrote. The first thing that is not there, or not as it has to be, makes it bad, and all that follows is
/// empty or 0: ask once, at the end. `bytes` outlives it.
class Reader {
public:
    explicit Reader(std::string_view bytes) : m_rest(bytes) {}

    std::uint8_t byte();
    /// A byte below `end`.
    std::uint8_t one_of(std::uint8_t end);
    bool flag();
    std::uint32_t number();
    /// How many follow: `most` at most.
    std::uint32_t count(std::uint32_t most);
    /// At most `most` bytes that can be shown as they are (base/printable.hpp).
    std::string text(std::size_t most);

    void fail() { m_bad = true; }

    /// Nothing was bad until now.
    [[nodiscard]] bool well() const { return !m_bad; }

    /// And nothing is left.
    [[nodiscard]] bool whole() const { return !m_bad && m_rest.empty(); }

private:
    std::string_view m_rest;
    bool m_bad = false;
};

} // namespace envfix::accounts
