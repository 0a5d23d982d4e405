#include "service/aftermath.hpp"

#include "remedy/backup.hpp"

#include <algorithm>

namespace envfix::service {

namespace {

/// Where backups of an environment may lie: in its prefix, beside it where it was exchanged as a whole, of a user site above
/// lib/pythonX.Y/site-packages.
std::vector<std::string> possible_roots(const std::string& path)
{
    auto base = path;
    for (int i = 0; i < 3; ++i) base.resize(std::min(base.size(), base.rfind('/')));
    std::vector<std::string> roots{path, path.substr(0, path.rfind('/'))};
    if (roots.back().empty()) roots.pop_back();
    if (!base.empty() && path.find("/lib/", base.size()) == base.size()) roots.push_back(base);
    return roots;
}

} // namespace

std::string manifest_of(const model::Run& run)
{
    for (const auto& root : possible_roots(run.environment_path)) {
        const auto backups = remedy::backups(root).value_or(std::vector<remedy::Backup>{});
        const auto found = std::ranges::find(backups, run.id, &remedy::Backup::run);
        if (found != backups.end()) return found->manifest_sha256;
    }
    return {};
}

Aftermath aftermath_of(const std::vector<model::Run>& runs)
{
    std::set<std::string> paths;
    for (const auto& run : runs) paths.insert(run.environment_path);
    Aftermath told;
    for (const auto& path : paths) {
        for (const auto& root : possible_roots(path)) {
            for (const auto& backup : remedy::backups(root).value_or(std::vector<remedy::Backup>{})) {
                if (backup.undoes.empty()) {
                    told.kept.insert(backup.run);
                } else {
                    told.undone.insert(backup.undoes);
                }
            }
        }
    }
    return told;
}

} // namespace envfix::service
