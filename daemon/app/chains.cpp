#include "app/chains.hpp"

#include "app/files.hpp"
#include "policy/chain.hpp"
#include "policy/layers.hpp"
#include "shipped/chains.hpp"
#include "shipped/shipped.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace envfix::app {

namespace {

/// A file that is byte for byte one of those that ship was read when the program was built: YAML takes longer than the whole
/// check of an environment.
std::optional<model::Chain> built_chain(std::string_view content)
{
    const auto shipped = std::ranges::find(shipped::files(), content, &shipped::File::content);
    if (shipped == shipped::files().end()) return std::nullopt;
    auto chains = shipped::chains();
    const auto built = std::ranges::find(chains, shipped->path, &shipped::BuiltChain::path);
    if (built == chains.end()) return std::nullopt;
    return std::move(built->chain);
}

} // namespace

Chains load_chains(const fs::Tree& tree, const std::vector<std::string>& config_dirs, const std::vector<std::string>& wanted)
{
    auto files = config_files(tree, config_dirs, "chains", "chains");
    Chains loaded{.problems = std::move(files.problems)};
    std::vector<model::Chain> chains;
    for (const auto& file : policy::in_force(files.directories)) {
        if (auto built = built_chain(file.content)) {
            chains.push_back(*std::move(built));
            continue;
        }
        auto parsed = policy::parse_chain(file.content, file.path);
        if (parsed) {
            chains.push_back(*std::move(parsed));
        } else {
            loaded.problems.insert(loaded.problems.end(), parsed.error().begin(), parsed.error().end());
        }
    }
    if (!wanted.empty()) {
        for (const auto& name : wanted) {
            if (std::ranges::find(chains, name, &model::Chain::name) != chains.end()) continue;
            loaded.problems.push_back({.file = "envfixd.yaml",
                                       .reason = "'chains' names '" + name + "', which no file describes"});
        }
        std::erase_if(chains, [&](const model::Chain& chain) {
            return std::ranges::find(wanted, chain.name) == wanted.end();
        });
    }
    loaded.chain = model::merged(chains);
    return loaded;
}

} // namespace envfix::app
