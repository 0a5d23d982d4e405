#include "service/base_interpreters.hpp"

#include <set>
#include <string>

namespace envfix::service {

std::vector<model::Interpreter> base_interpreters(World& world)
{
    std::vector<model::Interpreter> found;
    std::set<std::string> seen;
    for (const auto& [id, known] : world.catalogue.all()) {
        const auto kind = known.environment.kind;
        if (kind != model::EnvironmentKind::system && kind != model::EnvironmentKind::pyenv) continue;
        if (!seen.insert(known.environment.executable).second) continue;
        auto described = world.interpreters.describe(world.tree, known.environment.executable, wall_clock_ns());
        if (described) found.push_back(*std::move(described));
    }
    return found;
}

} // namespace envfix::service
