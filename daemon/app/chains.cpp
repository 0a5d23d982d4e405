#include "app/chains.hpp"

#include "app/files.hpp"
#include "policy/chain.hpp"
#include "policy/layers.hpp"

#include <utility>

namespace envfix::app {

Chains load_chains(const fs::Tree& tree, const std::vector<std::string>& config_dirs)
{
    auto files = config_files(tree, config_dirs, "chains", "chains");
    Chains loaded{.problems = std::move(files.problems)};
    std::vector<model::Chain> chains;
    for (const auto& file : policy::in_force(files.directories)) {
        auto parsed = policy::parse_chain(file.content, file.path);
        if (parsed) {
            chains.push_back(*std::move(parsed));
        } else {
            loaded.problems.insert(loaded.problems.end(), parsed.error().begin(), parsed.error().end());
        }
    }
    loaded.chain = model::merged(chains);
    return loaded;
}

} // namespace envfix::app
