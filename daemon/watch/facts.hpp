#pragma once

#include "watch/fact.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace envfix::watch {

/// The dirty map: what was seen since it was emptied, each fact once, at the place of its last
/// sighting. Bounded: an environment with more than k_most_facts has FactKind::too_many instead.
class Facts {
public:
    static constexpr std::size_t k_most_facts{1024};

    void add(Fact fact);

    [[nodiscard]] bool empty() const { return m_seen.empty(); }

    /// In the order in which they were seen last. Empties the map.
    std::vector<Fact> take();

private:
    std::map<Fact, std::uint64_t> m_seen;
    std::map<std::string, std::size_t> m_counts;
    std::uint64_t m_next = 0;
};

} // namespace envfix::watch
