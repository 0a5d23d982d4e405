#include "service/open_world.hpp"

#include "fs/write_tree.hpp"

#include <utility>

namespace envfix::service {

namespace {

bool lies_on_the_disk(std::string_view path)
{
    const auto tree = fs::Tree::open();
    return tree && tree->exists(std::string{path});
}

} // namespace

Result<World> open_world(const app::Surroundings& surroundings)
{
    ENVFIX_TRY(auto tree, fs::Tree::open());
    const auto& state = surroundings.state_dir;
    std::vector<std::string> degraded;
    auto remembered = load_remembered(state);
    if (!remembered) {
        degraded.push_back(remembered.error().message + "; it was moved aside, added folders and holds have to be given again");
        ENVFIX_TRY(const auto folder, fs::WriteTree::open(state));
        const auto aside = folder.rename("remembered.json", "remembered.json.damaged-" + std::to_string(wall_clock_s()));
        if (!aside) return fail(aside.error());
        remembered = Remembered{};
    }
    auto configuration = app::load_configuration(tree, surroundings);
    ENVFIX_TRY(auto history, journal::Journal::open(state));
    ENVFIX_TRY(auto approvals, journal::Approvals::open(state));
    ENVFIX_TRY(auto store, remedy::Store::open(state, configuration.daemon.store_bytes));
    ENVFIX_TRY(auto transactions, remedy::TransactionLog::open(state));
    app::KnownHashes hashes(tree, surroundings.cache_dir);
    return World{.surroundings = surroundings,
                 .tree = std::move(tree),
                 .hashes = std::move(hashes),
                 .configuration = std::move(configuration),
                 .remembered = *std::move(remembered),
                 .journal = std::move(history),
                 .approvals = std::move(approvals),
                 .store = std::move(store),
                 .transactions = std::move(transactions),
                 .plans = {},
                 .catalogue = Catalogue(lies_on_the_disk),
                 .degraded = std::move(degraded),
                 .started_s = boot_clock_s()};
}

} // namespace envfix::service
