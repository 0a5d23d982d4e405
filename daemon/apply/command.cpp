#include "apply/command.hpp"

#include "base/printable.hpp"

#include <algorithm>
#include <set>

namespace envfix::apply {

namespace {

struct Planned {
    std::string_view name;
    std::string_view old_version; ///< empty: not installed
    std::string_view version;
};

/// Takes what is before `end` off the front, and `end` as well; all of it where there is none.
std::string_view take_until(std::string_view& rest, char end)
{
    const auto at = rest.find(end);
    const auto taken = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + 1);
    return taken;
}

/// "Inst NAME [OLD] (NEW ORIGIN [ARCHITECTURE])"; without [OLD] where it is new. Another architecture's has a colon in its name.
Planned planned_by(std::string_view line)
{
    Planned planned;
    take_until(line, ' ');
    planned.name = take_until(line, ' ');
    if (line.starts_with('[')) {
        line.remove_prefix(1);
        planned.old_version = take_until(line, ']');
        take_until(line, ' ');
    }
    if (!line.starts_with('(')) return planned;
    line.remove_prefix(1);
    planned.version = take_until(line, ' ');
    return planned;
}

} // namespace

std::vector<std::string> apt_command(const Record& record)
{
    std::vector<std::string> words{
        "/usr/bin/apt-get",
        "--quiet",
        "--yes",
        "--reinstall",
        "--no-remove",
        "--no-install-recommends",
        "--option=APT::Get::AllowUnauthenticated=false",
        "--option=APT::Get::allow-downgrades=false",
        "--option=APT::Get::allow-remove-essential=false",
        "--option=APT::Get::allow-change-held-packages=false",
        "--option=APT::Get::Purge=false",
        "--option=APT::Get::AutomaticRemove=false",
        "--option=Acquire::AllowInsecureRepositories=false",
        "--option=Acquire::AllowWeakRepositories=false",
        "--option=Acquire::AllowDowngradeToInsecureRepositories=false",
        "--option=DPkg::Lock::Timeout=120",
        "--option=Dpkg::Use-Pty=0",
        "--option=Dpkg::Options::=--force-confdef",
        "--option=Dpkg::Options::=--force-confold",
        "install",
        "--",
    };
    for (const auto& package : record.packages) words.push_back(in_one_word(package));
    return words;
}

std::vector<std::string> apt_simulation(const Record& record)
{
    auto words = apt_command(record);
    words.insert(words.begin() + 1, "--simulate");
    return words;
}

Result<void> does_just_that(const Record& record, std::string_view said)
{
    std::set<std::string_view> seen;
    while (!said.empty()) {
        const auto end = said.find('\n');
        auto line = said.substr(0, end);
        said.remove_prefix(end == std::string_view::npos ? said.size() : end + 1);
        if (line.starts_with("Remv ") || line.starts_with("Purg ")) {
            return fail(ErrorCode::plan_changed, "apt would remove something: " + escape_untrusted(line));
        }
        if (line.starts_with("Conf ")) { // a package that waits to be configured: its scripts would run as well
            const auto name = line.substr(5, line.find_first_of(" :", 5) - 5);
            if (std::ranges::find(record.packages, name, &Package::name) != record.packages.end()) continue;
            return fail(ErrorCode::plan_changed, "apt would configure more than was approved: " + escape_untrusted(line));
        }
        if (!line.starts_with("Inst ")) continue;
        const auto planned = planned_by(line);
        const auto package = std::ranges::find(record.packages, planned.name, &Package::name);
        if (package == record.packages.end()) {
            return fail(ErrorCode::plan_changed, "apt would install more than was approved: " + escape_untrusted(line));
        }
        const bool in_place = planned.old_version.empty() || planned.old_version == package->version;
        if (planned.version != package->version || !in_place) {
            return fail(ErrorCode::plan_changed, "apt would not install " + in_one_word(*package) + ", but: " + escape_untrusted(line));
        }
        seen.insert(package->name);
    }
    for (const auto& package : record.packages) {
        if (seen.contains(package.name)) continue;
        return fail(ErrorCode::plan_changed, "apt does not offer " + in_one_word(package) + " any more; have a new plan made");
    }
    return {};
}

std::vector<std::string> apt_environment()
{
    return {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",           "HOME=/",
            "DEBIAN_FRONTEND=noninteractive",     "NEEDRESTART_SUSPEND=1", "APT_LISTCHANGES_FRONTEND=none"};
}

} // namespace envfix::apply
