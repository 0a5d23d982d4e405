#include "service/installers.hpp"

#include "watch/installers.hpp"

#include <unistd.h>

#include <sstream>
#include <string>
#include <vector>

namespace envfix::service {

namespace {

constexpr std::size_t k_children_cap = 64UL * 1024;

/// This process, and the supervisors of the programs that it runs: whose children are its own work.
std::vector<int> own_processes(const fs::Tree& tree)
{
    std::vector<int> own{static_cast<int>(::getpid())};
    const auto threads = "/proc/" + std::to_string(::getpid()) + "/task";
    const auto names = tree.list(threads);
    for (const auto& thread : names ? *names : std::vector<fs::Entry>{}) {
        const auto children = tree.read(threads + "/" + thread.name + "/children", k_children_cap);
        std::istringstream text(children.value_or(std::string{}));
        for (int pid = 0; text >> pid;) own.push_back(pid);
    }
    return own;
}

} // namespace

std::optional<std::string> installer_at_work(const World& world, const model::Environment& environment)
{
    return installer_at_work(world.tree, environment);
}

std::optional<std::string> installer_at_work(const fs::Tree& tree, const model::Environment& environment)
{
    const auto seen = watch::installers_at_work(tree, environment, own_processes(tree));
    if (seen.at_work.empty()) return std::nullopt;
    const auto& first = seen.at_work.front();
    return first.what + " (pid " + std::to_string(first.pid) + ")";
}

} // namespace envfix::service
