#include "inventory/inventory.hpp"
#include "inventory/names.hpp"
#include "inventory/prefix.hpp"
#include "inventory/pyenv.hpp"
#include "inventory/roots.hpp"

#include <algorithm>

namespace envfix::inventory {

namespace {

using model::Environment;
using model::EnvironmentKind;
using Found = std::vector<Environment>;

Environment environment_entered_by(const fs::Tree& tree, const Places& places,
                                   const std::string& executable)
{
    // As the interpreter itself does: beside the executable as it was typed, or one folder above.
    const std::string bin(parent(executable));
    const std::string above(parent(bin));
    for (const auto& folder : {bin, above}) {
        if (is_marked_as_venv(tree, folder)) return venv_at(tree, places, folder, executable);
    }
    const auto base = base_of(tree, places, executable);
    if (base.kind == EnvironmentKind::conda) {
        if (auto conda = conda_at(tree, base.prefix)) return std::move(*conda);
    }
    return environment_of(base);
}

/// The base interpreters of a prefix: those whose standard library lies in it as well.
Found bases_of_prefix(const fs::Tree& tree, const Places& places, const std::string& prefix)
{
    Found found;
    for (const auto& base : bases_in(tree, places, join(prefix, "bin"))) {
        const auto library = join(join(join(base.prefix, "lib"), base.version), "os.py");
        if (tree.exists(library)) found.push_back(environment_of(base));
    }
    return found;
}

Found readers_of_user_site(const fs::Tree& tree, const Places& places, const std::string& folder)
{
    Found found;
    if (places.home.empty() || !is_below(folder, join(places.home, ".local"))) return found;
    for (const auto& base : known_bases(tree, places)) {
        auto site = user_site(places, base.version);
        if (!site.empty() && is_below(site, folder) && tree.is_directory(site))
            found.push_back(
                make_environment(EnvironmentKind::user, std::move(site), base.executable));
    }
    return found;
}

std::optional<Environment> environment_around(const fs::Tree& tree, const Places& places,
                                              std::string_view folder)
{
    for (; folder != "/"; folder = parent(folder)) {
        if (is_marked_as_venv(tree, std::string(folder)))
            return venv_at(tree, places, std::string(folder));
    }
    return std::nullopt;
}

/// The places as that pyenv has them whose shim this is. PYENV_ROOT may be set where we do not see it, so that where the shim
/// lies counts as well.
std::optional<Places> places_of_shim(const fs::Tree& tree, const Places& places, const std::string& path)
{
    const std::string folder(parent(path));
    if (last_name(folder) != "shims") return std::nullopt;
    auto there = places;
    there.pyenv_root = parent(folder);
    const auto versions = pyenv_versions(there);
    if (versions != pyenv_versions(places) && !tree.exists(versions)) return std::nullopt;
    return there;
}

Error of_kernel(const std::string& path)
{
    return {.code = ErrorCode::not_supported,
            .message = path + " is made up by the kernel: no environment lies there; name the environment, or the folder of a project"};
}

Result<Found> locate_folder(const fs::Tree& tree, const std::string& path, const Places& places,
                            const Limits& limits)
{
    if (auto environment = environment_at(tree, places, path)) return Found{*environment};
    if (auto found = bases_of_prefix(tree, places, path); !found.empty()) return found;
    if (auto found = readers_of_user_site(tree, places, path); !found.empty()) return found;

    if (tree.is_system() && is_of_kernel(tree.real_path(path).value_or(path))) return fail(of_kernel(path));
    auto below = survey_below(tree, places, path, limits);
    if (!below.environments.empty()) return std::move(below.environments);
    // What was not read may hold the one that is meant: another one is not judged in its place.
    if (below.cut)
        return fail(ErrorCode::too_large,
                    below.limits.front() + ", and no environment was found so far; name the environment, or a smaller folder");
    if (auto around = environment_around(tree, places, parent(path))) return Found{*around};

    const auto python = python_on_path(tree, places, path);
    if (!python) {
        std::string message =
            "no Python environment in or below " + path + ", and no python3 on the search path";
        if (!below.unreadable.empty()) message += " (" + below.unreadable.front().reason + ")";
        if (!below.limits.empty()) message += " (" + below.limits.front() + ")";
        return fail(ErrorCode::not_found, std::move(message));
    }
    auto environment = environment_entered_by(tree, places, *python);
    environment.project = path;
    return Found{std::move(environment)};
}

Result<Found> locate_file(const fs::Tree& tree, const std::string& path, const Places& places)
{
    if (last_name(path) == "pyvenv.cfg")
        return Found{venv_at(tree, places, std::string(parent(path)))};
    // A console script stands for the environment in whose bin it lies.
    const std::string above(parent(parent(path)));
    const bool in_venv = last_name(parent(path)) == "bin" && is_marked_as_venv(tree, above);
    if (in_venv && !is_python(last_name(path))) return Found{venv_at(tree, places, above)};
    if (const auto pyenv = places_of_shim(tree, places, path)) {
        const auto chosen = pyenv_python(tree, *pyenv, places.home.empty() ? "/" : places.home);
        if (chosen) return Found{environment_entered_by(tree, places, *chosen)};
        return fail(ErrorCode::not_found, path + " is a shim, and pyenv has no version for it");
    }
    const auto real = tree.real_path(path);
    if (is_python(last_name(path)) || (real && is_python(last_name(*real))))
        return Found{environment_entered_by(tree, places, path)};
    return fail(ErrorCode::not_found,
                path + " is neither a folder nor a Python executable; give a venv, a project "
                       "folder, a Python executable or a prefix");
}

} // namespace

std::optional<std::string> python_on_path(const fs::Tree& tree, const Places& places,
                                          const std::string& folder)
{
    for (const auto part : split_list(places.path, ':')) {
        if (!part.starts_with('/')) continue;
        auto candidate = join(absolute_path(part, "/"), "python3");
        const auto found = tree.stat(candidate);
        if (!found || !found->is_executable()) continue;
        const auto pyenv = places_of_shim(tree, places, candidate);
        if (!pyenv) return candidate;
        if (auto chosen = pyenv_python(tree, *pyenv, folder)) return chosen;
    }
    return std::nullopt;
}

std::string why_taken(const Environment& environment)
{
    // A venv may well lie elsewhere than its project.
    const bool is_own = environment.kind == EnvironmentKind::venv || environment.kind == EnvironmentKind::pipx;
    if (is_own || environment.project.empty() || is_below(environment.path, environment.project)) return {};
    return environment.project + " has no Python environment of its own; this is what python3 means there: " + environment.executable;
}

Result<Found> locate(const fs::Tree& tree, const std::string& path, const Places& places,
                     const Limits& limits)
{
    if (!path.starts_with('/'))
        return fail(ErrorCode::malformed, "not an absolute path: '" + path + "'");
    const auto plain = absolute_path(path, "/");
    if (tree.is_system() && is_of_kernel(plain)) return fail(of_kernel(plain));
    const auto found = tree.stat(plain);
    if (found && found->is_directory()) return locate_folder(tree, plain, places, limits);
    if (found) return locate_file(tree, plain, places);
    // A venv whose interpreter is gone is asked for by that interpreter, too.
    const auto itself = tree.lstat(plain);
    if (itself && itself->is_link() && is_python(last_name(plain)))
        return Found{environment_entered_by(tree, places, plain)};
    return fail(found.error());
}

} // namespace envfix::inventory
