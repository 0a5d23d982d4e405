#include "remedy/holders.hpp"

#include "base/printable.hpp"
#include "fs/tree.hpp"

#include <algorithm>
#include <charconv>

namespace envfix::remedy {

namespace {

constexpr std::size_t k_maps_cap = std::size_t{16} << 20U;
constexpr std::size_t k_command_cap = std::size_t{64} * 1024;
constexpr std::size_t k_most_holders = 50;
constexpr std::size_t k_longest_command = 120;

/// The number that a name of /proc is; 0 for all others.
int pid_of(std::string_view name)
{
    int pid = 0;
    const auto* const end = name.data() + name.size();
    const auto read = std::from_chars(name.data(), end, pid);
    return read.ec == std::errc{} && read.ptr == end ? pid : 0;
}

} // namespace

bool maps_below(std::string_view maps, std::string_view folder)
{
    while (!maps.empty()) {
        const auto end = std::min(maps.find('\n'), maps.size());
        const auto line = maps.substr(0, end);
        maps.remove_prefix(std::min(end + 1, maps.size()));
        // Address, permissions, offset, device and inode come before the path.
        const auto path = line.find('/');
        if (path == std::string_view::npos) continue;
        const auto named = line.substr(path);
        if (named.starts_with(folder) && named.size() > folder.size() && named[folder.size()] == '/')
            return true;
    }
    return false;
}

std::string shown_command(std::string_view cmdline)
{
    std::string line;
    for (const char c : cmdline.substr(0, k_longest_command))
        line += c == '\0' ? ' ' : c;
    while (line.ends_with(' '))
        line.pop_back();
    return escape_untrusted(line);
}

std::vector<Holder> holders_of(const std::string& folder)
{
    std::vector<Holder> holders;
    const auto tree = fs::Tree::open();
    const auto names = tree ? tree->list("/proc") : Result<std::vector<fs::Entry>>(fail(tree.error()));
    for (const auto& entry : names ? *names : std::vector<fs::Entry>{}) {
        const int pid = pid_of(entry.name);
        if (pid == 0) continue;
        const auto maps = tree->read("/proc/" + entry.name + "/maps", k_maps_cap);
        if (!maps || !maps_below(*maps, folder)) continue;
        const auto command = tree->read("/proc/" + entry.name + "/cmdline", k_command_cap);
        holders.push_back({.pid = pid, .command = command ? shown_command(*command) : "?"});
    }
    std::ranges::sort(holders, {}, &Holder::pid);
    if (holders.size() > k_most_holders) holders.resize(k_most_holders);
    return holders;
}

} // namespace envfix::remedy
