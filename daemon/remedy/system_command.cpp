#include "remedy/system_command.hpp"

#include "fs/tree.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace envfix::remedy {

namespace {

struct Manager {
    std::string_view key;
    std::string_view program;
    std::string_view install;
};

constexpr std::array<Manager, 5> k_managers{{
    {"apk", "apk", "add"},
    {"apt", "apt-get", "install --reinstall --"},
    {"dnf", "dnf", "install --"},
    {"pacman", "pacman", "-S --needed --"},
    {"zypper", "zypper", "install --"},
}};

} // namespace

std::vector<SystemCommand> system_commands(const std::vector<std::string>& wanted)
{
    std::vector<SystemCommand> commands;
    for (const auto& text : wanted) {
        const auto colon = text.find(':');
        const auto manager = std::ranges::find(k_managers, std::string_view(text).substr(0, colon),
                                               &Manager::key);
        if (colon == std::string::npos || manager == k_managers.end()) continue;
        const auto package = text.substr(colon + 1);
        auto command = std::ranges::find(commands, manager->program, &SystemCommand::program);
        if (command == commands.end()) {
            commands.push_back({.program = std::string(manager->program),
                                .packages = {},
                                .line = "sudo " + std::string(manager->program) + " " +
                                        std::string(manager->install)});
            command = std::prev(commands.end());
        }
        command->packages.push_back(package);
        command->line += " " + package;
    }
    return commands;
}

bool has_program(const std::string& name)
{
    const auto tree = fs::Tree::open();
    if (!tree) return false;
    constexpr std::array<std::string_view, 4> k_folders{"/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/"};
    return std::ranges::any_of(k_folders, [&](std::string_view folder) {
        const auto status = tree->stat(std::string(folder) + name);
        return status && status->is_executable();
    });
}

Result<void> add_system_command(const model::StepTemplate& wanted, model::Step& made)
{
    for (const auto& command : system_commands(wanted.distributions)) {
        if (!has_program(command.program)) continue;
        made.text = command.line;
        for (const auto& name : command.packages)
            made.changes.push_back({.distribution = name, .from = {}, .to = {}, .source = {}, .sha256 = {}});
        return {};
    }
    for (const auto& text : wanted.distributions)
        made.changes.push_back({.distribution = text, .from = {}, .to = {}, .source = {}, .sha256 = {}});
    return fail(ErrorCode::not_supported,
                "the policy names no packages for this machine's package manager");
}

} // namespace envfix::remedy
