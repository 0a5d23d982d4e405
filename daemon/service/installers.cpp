#include "service/installers.hpp"

#include "watch/installers.hpp"

#include <unistd.h>

namespace envfix::service {

std::optional<std::string> installer_at_work(const World& world, const model::Environment& environment)
{
    const auto seen = watch::installers_at_work(world.tree, environment, {static_cast<int>(::getpid())});
    if (seen.at_work.empty()) return std::nullopt;
    const auto& first = seen.at_work.front();
    return first.what + " (pid " + std::to_string(first.pid) + ")";
}

} // namespace envfix::service
