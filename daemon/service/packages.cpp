#include "service/packages.hpp"

#include "base/printable.hpp"
#include "formats/dpkg_status.hpp"
#include "remedy/system_command.hpp"

#include <algorithm>

namespace envfix::service {

namespace {

constexpr std::size_t k_list_cap = 64UL * 1024;
constexpr std::size_t k_status_cap = 64UL * 1024 * 1024;
constexpr std::int64_t k_day_s = 24 * 3600;

Result<void> check_names(const std::vector<std::string>& sorted)
{
    if (sorted.empty()) return fail(ErrorCode::malformed, "no package is named");
    if (sorted.size() > apply::k_most_packages) return fail(ErrorCode::too_large, "at most 64 packages at once");
    for (const auto& name : sorted) {
        if (!apply::is_package_name(name)) return fail(ErrorCode::malformed, "not the name of a package: " + Printable(name).text());
    }
    const auto twice = std::ranges::adjacent_find(sorted);
    if (twice != sorted.end()) return fail(ErrorCode::malformed, *twice + " is named twice");
    return {};
}

Result<void> check_allowed(const fs::Tree& tree, const std::vector<std::string>& names, const std::string& list)
{
    ENVFIX_TRY(const auto text, tree.read(list, k_list_cap));
    const auto allowed = apply::parse_allowed(text);
    if (!allowed) return fail(allowed.error().code, list + ": " + allowed.error().message);
    for (const auto& name : names) {
        if (std::ranges::find(*allowed, name) == allowed->end()) {
            return fail(ErrorCode::denied, name + " is not among the packages that may be asked for (" + list + ")");
        }
    }
    return {};
}

Result<model::PackageVersion> installed(const std::string& status, const std::string& name)
{
    const auto version = formats::installed_version(status, name);
    if (!version) {
        return fail(ErrorCode::not_found, name + " is not installed, so that it is not known which version apt would take");
    }
    if (!apply::is_version(*version)) return fail(ErrorCode::malformed, "dpkg tells no version of " + name + " that could be asked for");
    return model::PackageVersion{.name = name, .version = *version};
}

} // namespace

Result<std::vector<model::PackageVersion>> versions_of(const fs::Tree& tree, std::vector<std::string> names, const PackageFiles& files)
{
    std::ranges::sort(names);
    ENVFIX_CHECK(check_names(names));
    ENVFIX_CHECK(check_allowed(tree, names, files.allowed));
    ENVFIX_TRY(const auto status, tree.read(files.dpkg_status, k_status_cap));
    std::vector<model::PackageVersion> versions;
    for (const auto& name : names) {
        ENVFIX_TRY(auto version, installed(status, name));
        versions.push_back(std::move(version));
    }
    return versions;
}

Result<std::vector<model::PackageVersion>> as_installed(const fs::Tree& tree, const std::vector<model::PackageVersion>& packages,
                                                        const PackageFiles& files)
{
    std::vector<std::string> names;
    for (const auto& package : packages) names.push_back(package.name);
    ENVFIX_TRY(auto versions, versions_of(tree, std::move(names), files));
    for (const auto& package : packages) {
        const auto& now = *std::ranges::find(versions, package.name, &model::PackageVersion::name);
        if (now.version != package.version) {
            return fail(ErrorCode::plan_changed, package.name + " is installed in version " + now.version + ", not in " +
                                                     Printable(package.version).text() + "; have a new plan made");
        }
    }
    return versions;
}

model::Plan plan_of_packages(const std::vector<model::PackageVersion>& packages, std::int64_t now_s)
{
    model::Step step{.kind = model::StepKind::system_packages};
    std::vector<std::string> words;
    for (const auto& package : packages) {
        step.changes.push_back(
            {.distribution = package.name, .from = package.version, .to = package.version, .source = {}, .sha256 = {}});
        words.push_back("apt:" + apply::in_one_word({.name = package.name, .version = package.version}));
    }
    for (const auto& command : remedy::system_commands(words)) step.text = command.line;
    model::Plan plan{.environment_path = "/",
                     .ladder = {{.steps = {std::move(step)}, .unavailable = {}}},
                     .created_s = now_s,
                     .expires_s = now_s};
    plan.digest = model::plan_digest(plan);
    plan.id = plan.digest.substr(0, 12);
    return plan;
}

bool is_of_no_environment(const model::Plan& plan)
{
    return plan.environment_id.empty();
}

std::string held_for_system(const Catalogue& catalogue, std::int64_t now_s)
{
    for (const auto& [id, known] : catalogue.all()) {
        if (known.environment.kind != model::EnvironmentKind::system || !known.hold) continue;
        if (known.hold->until_s != 0 && known.hold->until_s <= now_s) continue;
        return known.environment.path + " is held" + (known.hold->reason.empty() ? "" : ": " + known.hold->reason);
    }
    return {};
}

bool PackageAllowance::take(uid_t uid, std::int64_t now_s)
{
    auto& taken = m_taken[uid];
    while (!taken.empty() && taken.front() <= now_s - k_day_s) taken.pop_front();
    if (taken.size() >= k_a_day) return false;
    taken.push_back(now_s);
    return true;
}

} // namespace envfix::service
