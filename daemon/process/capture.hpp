#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace envfix::process {

/// Keeps the beginning and the end of a stream within a fixed amount of memory: what a program
/// did first and what it died of matter, the middle seldom.
class Capture {
public:
    explicit Capture(std::size_t cap) : m_head_cap(cap / 2), m_tail_cap(cap - cap / 2) {}

    void add(std::string_view bytes);

    /// Everything, or head, a line that says how much is missing, and tail.
    [[nodiscard]] std::string text() const;

private:
    std::size_t m_head_cap;
    std::size_t m_tail_cap;
    std::string m_head;
    std::string m_tail; ///< up to twice the cap, so that cutting it costs little
    std::size_t m_lost = 0;
};

} // namespace envfix::process
