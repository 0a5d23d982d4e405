#include "remedy/adopted.hpp"

#include "checks/requirements.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace envfix::remedy {

namespace {

std::set<std::string> folders_of(const model::Snapshot& snapshot,
                                 std::initializer_list<model::PathOrigin> origins)
{
    std::set<std::string> folders;
    for (const auto& entry : snapshot.sys_path) {
        if (std::ranges::find(origins, entry.origin) != origins.end()) folders.insert(entry.path);
    }
    return folders;
}

} // namespace

std::vector<Adopted> adopted_by(const model::Snapshot& snapshot)
{
    using model::PathOrigin;
    const auto own = folders_of(snapshot, {PathOrigin::venv_site, PathOrigin::pth});
    const auto outside = folders_of(snapshot, {PathOrigin::user_site, PathOrigin::system_site});
    std::set<std::string> here;
    std::vector<std::string> roots;
    for (const auto& distribution : snapshot.distributions) {
        if (!own.contains(distribution.location)) continue;
        here.insert(distribution.normalized);
        roots.push_back(distribution.normalized);
    }
    std::map<std::string, Adopted> adopted;
    const auto take = [&](const model::Distribution& distribution) {
        if (outside.contains(distribution.location) && !here.contains(distribution.normalized))
            adopted.try_emplace(distribution.normalized,
                                Adopted{.name = distribution.name, .version = distribution.version});
    };
    for (const auto& link : snapshot.links) {
        if (!link.installed) continue;
        take(*link.installed);
        roots.push_back(link.installed->normalized);
    }
    for (const auto& requirement : checks::requirements_of(snapshot, roots)) {
        if (requirement.met_by != nullptr) take(*requirement.met_by);
    }
    std::vector<Adopted> list;
    for (auto& [name, one] : adopted)
        list.push_back(std::move(one));
    return list;
}

} // namespace envfix::remedy
