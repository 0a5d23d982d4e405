#include "watch/facts.hpp"

#include <algorithm>

namespace envfix::watch {

void Facts::add(Fact fact)
{
    // Activity is activity, whatever file it was.
    if (fact.kind == FactKind::other) fact.name.clear();
    if (const auto known = m_seen.find(fact); known != m_seen.end()) {
        known->second = m_next++;
        return;
    }
    auto& count = m_counts[fact.environment];
    if (count == k_most_facts) fact = {fact.environment, FactKind::too_many, {}};
    if (m_seen.emplace(std::move(fact), m_next++).second && count < k_most_facts) ++count;
}

std::vector<Fact> Facts::take()
{
    std::vector<std::pair<std::uint64_t, Fact>> ordered;
    while (!m_seen.empty()) {
        auto node = m_seen.extract(m_seen.begin());
        ordered.emplace_back(node.mapped(), std::move(node.key()));
    }
    std::ranges::sort(ordered, {}, &std::pair<std::uint64_t, Fact>::first);
    std::vector<Fact> facts;
    for (auto& [when, fact] : ordered)
        facts.push_back(std::move(fact));
    m_counts.clear();
    return facts;
}

} // namespace envfix::watch
