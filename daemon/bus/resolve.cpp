#include "bus/resolve.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace envfix::bus {

namespace {

constexpr std::size_t k_least_prefix = 4;
constexpr std::size_t k_named = 4;

std::string_view trimmed(std::string_view path)
{
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    return path;
}

std::string_view parent_of(std::string_view path)
{
    const auto slash = path.rfind('/');
    return slash == 0 || slash == std::string_view::npos ? std::string_view{"/"} : path.substr(0, slash);
}

Result<std::size_t> only_one(std::span<const model::Environment> environments, const std::vector<std::size_t>& found,
                             std::string_view text)
{
    if (found.empty()) return fail(ErrorCode::not_found, "no environment is known by " + std::string{text});
    if (found.size() == 1) return found.front();
    std::string message = std::string{text} + " fits several environments:";
    for (std::size_t i = 0; i < std::min(found.size(), k_named); ++i) message += ' ' + environments[found[i]].id;
    if (found.size() > k_named) message += " and more";
    return fail(ErrorCode::malformed, message + "; name one by its id");
}

} // namespace

Result<std::size_t> resolve_environment(std::span<const model::Environment> environments, std::string_view text,
                                        const Exists& exists)
{
    if (text.empty()) return fail(ErrorCode::malformed, "no environment is named");
    const auto matching = [&](const auto& fits) {
        std::vector<std::size_t> found;
        for (std::size_t i = 0; i < environments.size(); ++i) {
            if (fits(environments[i])) found.push_back(i);
        }
        return found;
    };
    if (!text.starts_with('/')) {
        const auto exact = matching([&](const auto& environment) { return environment.id == text; });
        if (!exact.empty()) return exact.front();
        if (text.size() < k_least_prefix) {
            return fail(ErrorCode::not_found,
                        "no environment has the id " + std::string{text} + " (4 digits at least, or an absolute path)");
        }
        return only_one(environments, matching([&](const auto& environment) { return environment.id.starts_with(text); }),
                        text);
    }

    const auto path = trimmed(text);
    const auto exact = matching([&](const auto& environment) {
        return trimmed(environment.path) == path || (!environment.executable.empty() && environment.executable == path);
    });
    if (!exact.empty()) return only_one(environments, exact, path);
    if (!exists(path)) return only_one(environments, {}, path);
    // The nearest folder above (or at) the path that holds a project or is an environment: at most as many turns as slashes.
    for (auto folder = path;; folder = parent_of(folder)) {
        if (folder == "/") break;
        const auto here = matching([&](const auto& environment) {
            return (!environment.project.empty() && trimmed(environment.project) == folder) ||
                   trimmed(environment.path) == folder;
        });
        if (!here.empty()) return only_one(environments, here, path);
    }
    return only_one(environments, {}, path);
}

} // namespace envfix::bus
