#include "process/capture.hpp"

#include <algorithm>

namespace envfix::process {

void Capture::add(std::string_view bytes)
{
    const auto to_head = std::min(bytes.size(), m_head_cap - m_head.size());
    m_head.append(bytes.substr(0, to_head));
    bytes.remove_prefix(to_head);
    if (bytes.size() > m_tail_cap) {
        m_lost += m_tail.size() + bytes.size() - m_tail_cap;
        m_tail.clear();
        bytes.remove_prefix(bytes.size() - m_tail_cap);
    }
    m_tail.append(bytes);
    if (m_tail.size() > 2 * m_tail_cap) {
        const auto cut = m_tail.size() - m_tail_cap;
        m_tail.erase(0, cut);
        m_lost += cut;
    }
}

std::string Capture::text() const
{
    auto tail = std::string_view(m_tail);
    auto lost = m_lost;
    if (tail.size() > m_tail_cap) {
        lost += tail.size() - m_tail_cap;
        tail.remove_prefix(tail.size() - m_tail_cap);
    }
    auto text = m_head;
    if (lost > 0) text += "\n[" + std::to_string(lost) + " bytes left out]\n";
    text += tail;
    return text;
}

} // namespace envfix::process
