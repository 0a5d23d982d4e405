#include "service/upkeep.hpp"

#include "base/printable.hpp"
#include "fs/lock.hpp"
#include "fs/write_tree.hpp"
#include "remedy/backup.hpp"
#include "remedy/wheels.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string>

namespace envfix::service {

namespace {

constexpr std::int64_t k_history_s = 365LL * 24 * 3600;

/// `now_s` is nothing while no backup can be known to be old: then only those go that take too much room.
void tidy_root(World& world, const model::Environment& environment, const std::string& root,
               std::optional<std::int64_t> now_s)
{
    if (!world.tree.is_directory(root + "/.envfix")) return;
    const auto lock = fs::FileLock::directory(root);
    if (!lock) return; // somebody works there
    const auto stages = remedy::remove_dead_stages(world.transactions, root);
    if (!stages) spdlog::debug("{}", escape_untrusted(stages.error().message));

    const auto kept = remedy::backups(root);
    if (!kept) return;
    const auto& daemon = world.configuration.daemon;
    constexpr auto k_for_ever = std::numeric_limits<std::int64_t>::max();
    const remedy::BackupBudget budget{.age_s = now_s ? daemon.keep_backups.count() / 1000 : k_for_ever,
                                      .bytes = daemon.backup_bytes};
    for (const auto& run : remedy::expired_backups(*kept, now_s.value_or(0), budget)) {
        const auto removed = remedy::remove_backup(root, run);
        if (removed) {
            spdlog::info("the backup of run {} is over its time and gone: it cannot be undone any more (environment={})", run,
                         environment.id);
        } else {
            spdlog::warn("{}", escape_untrusted(removed.error().message));
        }
    }
}

void tidy_environment(World& world, const model::Environment& environment, std::optional<std::int64_t> now_s)
{
    const auto root = work_root(environment);
    tidy_root(world, environment, root, now_s);
    // Where environments are exchanged as a whole.
    const auto above = root.substr(0, std::min(root.size(), root.rfind('/')));
    if (environment.kind != model::EnvironmentKind::user && !above.empty()) tidy_root(world, environment, above, now_s);
}

/// Wheels that no plan names any more.
void tidy_wheels(const World& world)
{
    constexpr std::int64_t k_kept_s = 24 * 3600;
    std::set<std::string> in_use;
    for (const auto& plan : world.plans.all()) {
        for (const auto& rung : plan.ladder) {
            for (const auto& step : rung.steps) {
                for (const auto& change : step.changes) in_use.insert(change.sha256);
            }
        }
    }
    const auto oldest_ns = wall_clock_ns() - k_kept_s * 1'000'000'000;
    const auto expired = remedy::expire_wheels(world.surroundings.state_dir + "/wheels", in_use, oldest_ns);
    if (!expired && expired.error().code != ErrorCode::not_found) spdlog::debug("{}", escape_untrusted(expired.error().message));
}

} // namespace

std::string work_root(const model::Environment& environment)
{
    auto root = environment.path;
    if (environment.kind == model::EnvironmentKind::user) {
        for (int i = 0; i < 3; ++i) root.resize(std::min(root.size(), root.rfind('/')));
    }
    return root;
}

void remove_dead_scratch(const std::string& state_dir)
{
    const auto state = fs::WriteTree::open(state_dir);
    if (!state) return;
    for (const auto& entry : state->list("").value_or(std::vector<fs::Entry>{})) {
        if (!entry.name.starts_with("scratch-")) continue;
        const auto removed = state->remove_tree(entry.name);
        if (!removed) spdlog::debug("{}", escape_untrusted(removed.error().message));
    }
}

void tidy(World& world)
{
    const auto now_s = world.backup_clock.at(wall_clock_s(), boot_clock_s());
    for (const auto& [id, known] : world.catalogue.all()) {
        if (known.run.empty()) tidy_environment(world, known.environment, now_s);
    }
    tidy_wheels(world);
    const auto forgotten = world.journal.forget_before(wall_clock_s() - k_history_s);
    if (!forgotten) spdlog::warn("{}", escape_untrusted(forgotten.error().message));
}

} // namespace envfix::service
