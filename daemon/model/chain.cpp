#include "model/chain.hpp"

#include <algorithm>

namespace envfix::model {

Chain merged(const std::vector<Chain>& chains)
{
    Chain all;
    for (const auto& chain : chains) {
        if (!all.name.empty()) all.name += '+';
        all.name += chain.name;
        for (const auto& link : chain.links) {
            const auto known = std::ranges::find(all.links, link.distribution, &ChainLink::distribution);
            if (known != all.links.end()) continue;
            all.links.push_back(link);
            all.links.back().chain = chain.name;
        }
        for (const auto& conflict : chain.conflicts) {
            all.conflicts.push_back(conflict);
            all.conflicts.back().chain = chain.name;
        }
    }
    return all;
}

} // namespace envfix::model
