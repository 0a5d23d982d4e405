#include "remedy/target.hpp"

#include "fs/write_tree.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace envfix::remedy {

namespace {

constexpr std::size_t k_site_depth = 3; ///< lib / pythonX.Y / site-packages

/// Takes components off the end of a path; empty where there are not so many.
std::string above(std::string path, std::size_t components)
{
    for (; components > 0; --components) {
        const auto slash = path.rfind('/');
        if (slash == std::string::npos || slash == 0) return {};
        path.erase(slash);
    }
    return path;
}

const model::PathEntry* find_site(const model::Snapshot& snapshot, model::PathOrigin origin)
{
    const auto found = std::ranges::find_if(snapshot.sys_path, [&](const model::PathEntry& entry) {
        return entry.origin == origin && entry.exists;
    });
    return found == snapshot.sys_path.end() ? nullptr : &*found;
}

Result<Target> in_prefix(const model::Snapshot& snapshot, const std::string& prefix,
                         model::PathOrigin origin, Entry entry)
{
    const auto* site = find_site(snapshot, origin);
    if (site == nullptr) {
        return fail(ErrorCode::not_supported,
                    snapshot.environment.path + " has no folder for packages");
    }
    if (above(site->path, k_site_depth) != prefix) {
        return fail(ErrorCode::not_supported, "the packages of " + prefix + " lie in " +
                                                  site->path + ", not below lib/pythonX.Y");
    }
    return Target{.root = prefix,
                  .site = site->path.substr(prefix.size() + 1),
                  .python = snapshot.environment.executable,
                  .entry = entry};
}

} // namespace

Result<Target> target_of(const model::Snapshot& snapshot, bool allow_externally_managed)
{
    const auto& environment = snapshot.environment;
    if (!environment.executable.starts_with('/')) {
        return fail(ErrorCode::not_supported, environment.path + " has no interpreter that starts");
    }
    switch (environment.kind) {
    case model::EnvironmentKind::venv:
    case model::EnvironmentKind::pipx:
        return in_prefix(snapshot, environment.path, model::PathOrigin::venv_site, Entry::venv);
    case model::EnvironmentKind::conda:
    case model::EnvironmentKind::pyenv:
        return in_prefix(snapshot, environment.path, model::PathOrigin::system_site, Entry::home);
    case model::EnvironmentKind::user: {
        if (snapshot.interpreter.externally_managed && !allow_externally_managed) {
            return fail(
                ErrorCode::not_supported,
                "the interpreter of " + environment.path +
                    " is managed by the system's packages (PEP 668); use a venv, or a policy "
                    "with allow-externally-managed: true");
        }
        const auto base = above(environment.path, k_site_depth);
        if (base.empty()) {
            return fail(ErrorCode::not_supported, environment.path + " is no user site");
        }
        return Target{.root = base,
                      .site = environment.path.substr(base.size() + 1),
                      .python = environment.executable,
                      .entry = Entry::user_base};
    }
    case model::EnvironmentKind::system:
        return fail(ErrorCode::not_supported,
                    "the packages of a system interpreter belong to the system's package manager");
    case model::EnvironmentKind::project:
        return fail(ErrorCode::not_supported,
                    environment.path +
                        " is entered by PYTHONPATH and has no folder for packages of its own");
    }
    return fail(ErrorCode::not_supported, "an unknown kind of environment");
}

} // namespace envfix::remedy
