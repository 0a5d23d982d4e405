#include "probe/runner.hpp"

#include "formats/user_database.hpp"
#include "fs/owner.hpp"
#include "fs/tree.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

namespace envfix::probe {

namespace {

constexpr std::uint64_t k_database_cap = 16ULL << 20U;
constexpr const char* k_no_home = "/nonexistent"; // as Debian has it for users without one

/// What /etc/passwd and /etc/group say of him. Of whom they do not know he has his own number as a group, and no home.
Runner as_user(uid_t uid)
{
    Runner runner{.identity = process::Identity{.uid = uid, .gid = uid, .groups = {uid}}, .home = k_no_home};
    const auto tree = fs::Tree::open();
    if (!tree) return runner;
    const auto passwd = tree->read("/etc/passwd", k_database_cap);
    const auto user = passwd ? formats::user_in(*passwd, uid) : std::nullopt;
    if (!user) return runner;
    runner.home = user->home;
    runner.identity->gid = user->gid;
    const auto group = tree->read("/etc/group", k_database_cap);
    const auto others = group ? formats::groups_in(*group, user->name) : std::vector<std::uint32_t>{};
    runner.identity->groups = {user->gid};
    std::ranges::copy(others, std::back_inserter(runner.identity->groups));
    return runner;
}

} // namespace

Result<Runner> runner_of(const std::vector<std::string>& ground)
{
    if (ground.empty()) return Runner{};
    const auto self = ::geteuid();
    ENVFIX_TRY(const auto owner, fs::owner_of(ground.front()));
    if (self != 0 && owner != self && owner != 0) {
        return fail(ErrorCode::denied, ground.front() + " belongs to uid " + std::to_string(owner) +
                                           ": only that user, or root on his behalf, may run its Python");
    }
    if (self != 0) return Runner{};
    if (owner != 0) return as_user(owner);
    for (const auto& path : ground) ENVFIX_CHECK(fs::check_only_root_writes(path));
    return Runner{};
}

} // namespace envfix::probe
