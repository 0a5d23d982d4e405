#pragma once

#include "capture/file_mark.hpp"

#include <cstddef>
#include <map>
#include <utility>

namespace envfix::capture {

/// What was read from files before, by their marks: hard links to one file are one. Bounded: when it is full it begins anew.
template <typename Value> class KnownFiles {
public:
    /// `most` is the sum of all costs.
    explicit KnownFiles(std::size_t most) : m_most(most) {}

    /// Valid until the next keep(); null: not known.
    [[nodiscard]] const Value* find(const FileMark& mark) const
    {
        const auto found = m_known.find(mark);
        return found == m_known.end() ? nullptr : &found->second;
    }

    void keep(const FileMark& mark, Value value, std::size_t cost = 1)
    {
        if (cost > m_most) return;
        if (const auto known = m_known.find(mark); known != m_known.end()) {
            known->second = std::move(value);
            return;
        }
        if (m_cost + cost > m_most) {
            m_known.clear();
            m_cost = 0;
        }
        m_known.emplace(mark, std::move(value));
        m_cost += cost;
    }

    [[nodiscard]] std::size_t size() const { return m_known.size(); }

private:
    std::size_t m_most;
    std::size_t m_cost = 0;
    std::map<FileMark, Value> m_known;
};

} // namespace envfix::capture
