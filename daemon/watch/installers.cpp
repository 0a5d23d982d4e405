#include "watch/installers.hpp"

#include "inventory/names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>

namespace envfix::watch {

namespace {

using inventory::absolute_path;
using inventory::is_below;
using inventory::join;
using inventory::last_name;
using inventory::parent;
using model::EnvironmentKind;

constexpr std::size_t k_arguments_cap{128UL * 1024};
constexpr std::size_t k_stat_cap{4096};
constexpr std::size_t k_locks_cap{1024UL * 1024};
constexpr std::size_t k_children_cap{1024UL * 1024};
constexpr std::size_t k_most_arguments{4096};

/// A tool and those of its commands that change packages; none: each run of it does.
struct Tool {
    std::string_view name;
    std::span<const std::string_view> commands;
};

constexpr std::array<std::string_view, 2> k_pip{"install", "uninstall"};
constexpr std::array<std::string_view, 7> k_uv{"pip",  "sync", "add",   "remove",
                                               "tool", "venv", "python"};
constexpr std::array<std::string_view, 6> k_poetry{"install", "add",  "update",
                                                   "remove",  "sync", "self"};
constexpr std::array<std::string_view, 8> k_conda{"install",   "create", "update", "upgrade",
                                                  "uninstall", "remove", "env",    "clean"};
constexpr std::array<std::string_view, 5> k_pipx{"install", "inject", "upgrade", "uninstall",
                                                 "reinstall"};
constexpr std::array<std::string_view, 3> k_setup{"install", "develop", "easy_install"};

constexpr std::array<Tool, 24> k_tools{{
    {"pip", k_pip},
    {"pip2", k_pip},
    {"pip3", k_pip},
    {"uv", k_uv},
    {"poetry", k_poetry},
    {"pdm", k_poetry},
    {"pipenv", k_poetry},
    {"rye", k_uv},
    {"conda", k_conda},
    {"mamba", k_conda},
    {"micromamba", k_conda},
    {"pipx", k_pipx},
    {"setup.py", k_setup},
    {"easy_install", {}},
    {"ensurepip", {}},
    {"venv", {}},
    {"virtualenv", {}},
    {"pip-sync", {}},
    {"apt", {}},
    {"apt-get", {}},
    {"aptitude", {}},
    {"dpkg", {}},
    {"unattended-upgrade", {}},
    {"unattended-upgrades", {}},
}};

constexpr std::array<std::string_view, 6> k_system_tools{
    "apt", "apt-get", "aptitude", "dpkg", "unattended-upgrade", "unattended-upgrades"};

/// Options of uv, poetry and pip before the command that take the next argument.
constexpr std::array<std::string_view, 10> k_options_with_value{
    "--python", "--directory", "--project", "-C",      "--cache-dir",
    "--log",    "--proxy",     "--timeout", "--color", "--config-file"};

const Tool* tool_named(std::string_view name)
{
    // "pip3.11", "pip-3.11": the version says nothing of what it does.
    if (name.starts_with("pip")) {
        const auto end = name.find_first_of("-.0123456789");
        if (end != std::string_view::npos &&
            name.find_first_not_of("-.0123456789", end) == std::string_view::npos)
            name = name.substr(0, end);
    }
    const auto found = std::ranges::find(k_tools, name, &Tool::name);
    return found == k_tools.end() ? nullptr : &*found;
}

/// What a Python was started with: a module by -m or a script, and where its arguments begin.
struct Program {
    std::string_view name; ///< empty: neither, such as -c
    std::size_t rest = 0;
};

Program program_of(const std::vector<std::string>& arguments)
{
    if (!inventory::is_python(last_name(arguments[0]))) return {last_name(arguments[0]), 1};
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const std::string_view argument = arguments[i];
        if (argument == "-m" && i + 1 < arguments.size()) return {arguments[i + 1], i + 2};
        if (argument.starts_with("-m") && argument.size() > 2) return {argument.substr(2), i + 1};
        if (argument == "-c") return {};
        if (argument == "-X" || argument == "-W" || argument == "--check-hash-based-pycs") {
            ++i;
            continue;
        }
        if (argument.starts_with('-')) {
            // "-Im" stands for -I -m.
            if (!argument.starts_with("--") && argument.ends_with('m') && i + 1 < arguments.size())
                return {arguments[i + 1], i + 2};
            continue;
        }
        return {last_name(argument), i + 1};
    }
    return {};
}

std::string_view first_command(std::span<const std::string> arguments)
{
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view argument = arguments[i];
        if (!argument.starts_with('-')) return argument;
        if (std::ranges::find(k_options_with_value, argument) != k_options_with_value.end()) ++i;
    }
    return {};
}

bool is_system_tool(const Process& process)
{
    if (process.arguments.empty()) return false;
    const auto name = program_of(process.arguments).name;
    return std::ranges::find(k_system_tools, name) != k_system_tools.end();
}

bool is_of_system(const model::Environment& environment)
{
    return environment.kind == EnvironmentKind::system || environment.kind == EnvironmentKind::user;
}

/// Whether an argument, or the value in `--option=value`, is a path in the environment.
bool names_path(const Process& process, std::string_view argument, std::string_view prefix)
{
    if (const auto equals = argument.find('=');
        argument.starts_with('-') && equals != argument.npos)
        argument.remove_prefix(equals + 1);
    if (argument.find('/') == std::string_view::npos) return false;
    if (!argument.starts_with('/') && process.folder.empty()) return false;
    return is_below(absolute_path(argument, process.folder), prefix);
}

} // namespace

std::string installing(const Process& process)
{
    if (process.arguments.empty() || process.arguments[0].empty()) return {};
    const auto program = program_of(process.arguments);
    const auto* const tool = tool_named(program.name);
    if (tool == nullptr) return {};
    if (tool->commands.empty()) return std::string(tool->name);
    const auto rest =
        std::span(process.arguments).subspan(std::min(program.rest, process.arguments.size()));
    const auto command = first_command(rest);
    const auto matches = [&](std::string_view known) {
        // pipx has "upgrade-all", "install-all" and their like.
        return command == known || (command.starts_with(known) && command[known.size()] == '-');
    };
    if (command.empty() || std::ranges::none_of(tool->commands, matches)) return {};
    if (tool->name == "uv" && command == "pip") {
        // "uv pip list" changes nothing.
        const auto sub = first_command(rest.subspan(1));
        if (sub != "install" && sub != "sync" && sub != "uninstall") return {};
        return "uv pip " + std::string(sub);
    }
    return std::string(tool->name) + " " + std::string(command);
}

bool concerns(const Process& process, const model::Environment& environment, bool is_in_a_venv)
{
    if (process.arguments.empty()) return false;
    if (is_system_tool(process)) return is_of_system(environment);
    const std::string_view prefix = environment.path;
    const auto in_prefix = [&](const std::string& argument) {
        return names_path(process, argument, prefix);
    };
    if (std::ranges::any_of(process.arguments, in_prefix)) return true;
    if (!process.virtual_env.empty() && is_below(process.virtual_env, prefix)) return true;

    if (is_of_system(environment)) {
        // Its interpreter may also run a venv's pip; that one is elsewhere.
        const bool same = process.executable == environment.executable;
        return same && !is_in_a_venv && process.virtual_env.empty();
    }
    if (is_below(process.executable, prefix)) return true;
    // uv, poetry and pdm find the project's environment by the folder that they run in.
    const auto name = program_of(process.arguments).name;
    const bool by_folder =
        name == "uv" || name == "poetry" || name == "pdm" || name == "rye" || name == "pipenv";
    if (by_folder && process.virtual_env.empty()) {
        if (process.folder.empty()) return true;
        if (is_below(process.folder, parent(prefix))) return true;
        if (!environment.project.empty() && is_below(process.folder, environment.project))
            return true;
    }
    if (environment.kind == EnvironmentKind::conda) {
        const auto is_name = [&](const std::string& argument) {
            return argument == last_name(prefix);
        };
        return std::ranges::any_of(process.arguments, is_name);
    }
    return false;
}

namespace {

std::optional<int> number(std::string_view text)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string> split_arguments(std::string_view text)
{
    std::vector<std::string> arguments;
    while (!text.empty() && arguments.size() < k_most_arguments) {
        const auto end = std::min(text.find('\0'), text.size());
        arguments.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return arguments;
}

/// "PID (NAME) STATE PPID PGRP …", where NAME may hold anything, parentheses and blanks, too.
void read_parents(const fs::Tree& proc, const std::string& folder, Process& process)
{
    const auto text = proc.read(join(folder, "stat"), k_stat_cap);
    if (!text) return;
    const auto end = text->rfind(')');
    if (end == std::string::npos) return;
    const auto fields = inventory::split_list(std::string_view(*text).substr(end + 1), ' ');
    if (fields.size() < 3) return;
    process.parent = number(fields[1]).value_or(0);
    process.group = number(fields[2]).value_or(0);
}

void read_surroundings(const fs::Tree& proc, const std::string& folder, Process& process)
{
    process.executable = proc.read_link(join(folder, "exe")).value_or("");
    process.folder = proc.read_link(join(folder, "cwd")).value_or("");
    const auto environ = proc.read(join(folder, "environ"), k_arguments_cap);
    if (!environ) return;
    for (const std::string_view wanted :
         {"UV_PROJECT_ENVIRONMENT=", "VIRTUAL_ENV=", "CONDA_PREFIX="}) {
        for (const auto& variable : split_arguments(*environ)) {
            if (variable.starts_with(wanted) && variable.size() > wanted.size()) {
                process.virtual_env = absolute_path(variable.substr(wanted.size()), process.folder);
                return;
            }
        }
    }
}

/// Whether the interpreter was started by a path inside of a venv, or runs a script of one.
bool is_in_a_venv(const fs::Tree& proc, const Process& process)
{
    for (std::size_t i = 0; i < std::min<std::size_t>(process.arguments.size(), 3); ++i) {
        const auto& argument = process.arguments[i];
        if (argument.starts_with('-') || argument.find('/') == std::string::npos) continue;
        if (!argument.starts_with('/') && process.folder.empty()) continue;
        const auto path = absolute_path(argument, process.folder);
        if (proc.exists(join(parent(parent(path)), "pyvenv.cfg"))) return true;
    }
    return false;
}

/// The pids that hold a lock on one of dpkg's and apt's lock files.
std::vector<int> holders_of_system_locks(const fs::Tree& proc)
{
    std::vector<int> holders;
    const auto text = proc.read("/proc/locks", k_locks_cap);
    if (!text) return holders;
    std::vector<std::string> files;
    for (const std::string path : {"/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock",
                                   "/var/lib/apt/lists/lock", "/var/cache/apt/archives/lock"}) {
        // Only the inode: the device of an overlay is another one in this list.
        if (const auto file = proc.stat(path)) files.push_back(":" + std::to_string(file->inode));
    }
    for (const auto line : inventory::split_list(*text, '\n')) {
        // "1: POSIX  ADVISORY  WRITE 1234 fe:00:5678 0 EOF"; "->" marks one that only waits.
        const auto fields = inventory::split_list(line, ' ');
        if (fields.size() < 8 || fields[1] == "->") continue;
        const auto is_file = [&](const std::string& file) { return fields[5].ends_with(file); };
        if (std::ranges::none_of(files, is_file)) continue;
        if (const auto pid = number(fields[4]); pid && *pid > 0) holders.push_back(*pid);
    }
    return holders;
}

/// Whether a process of that name may be an installer. Its arguments lie in its memory, and to read
/// these one may have to wait for it; the name costs nothing, and most processes have another.
bool may_install(const fs::Tree& proc, const std::string& folder)
{
    constexpr std::array<std::string_view, 16> k_begins{
        "python",         "pypy",        "pip",        "uv",         "poetry", "pdm",      "rye",
        "conda",          "mamba",       "micromamba", "virtualenv", "apt",    "aptitude", "dpkg",
        "unattended-upg", "easy_install"};
    const auto name = proc.read(join(folder, "comm"), k_stat_cap);
    if (!name) return true;
    return std::ranges::any_of(k_begins, [&](auto begin) { return name->starts_with(begin); });
}

/// The kernel's own threads, sorted: often more than half of all processes, and to read each one's name would take most of the
/// time. None where the kernel does not list them, or hides them as in a container; then they are looked at as all others.
std::vector<int> kernel_threads(const fs::Tree& proc)
{
    constexpr std::size_t k_flags = 6; ///< its place behind the name in stat, beginning with 0
    constexpr unsigned k_is_kernel_thread = 0x0020'0000;
    std::vector<int> threads;
    const auto stat = proc.read("/proc/2/stat", k_stat_cap);
    if (!stat) return threads;
    const auto end = stat->rfind(')');
    if (end == std::string::npos) return threads;
    const auto fields = inventory::split_list(std::string_view(*stat).substr(end + 1), ' ');
    const auto flags = fields.size() > k_flags ? number(fields[k_flags]) : std::nullopt;
    // Outside of the first PID namespace any process may be the second one.
    if (!flags || (static_cast<unsigned>(*flags) & k_is_kernel_thread) == 0) return threads;
    const auto children = proc.read("/proc/2/task/2/children", k_children_cap);
    if (!children) return threads;
    for (const auto child : inventory::split_list(*children, ' ')) {
        if (const auto pid = number(child)) threads.push_back(*pid);
    }
    std::ranges::sort(threads);
    return threads;
}

bool is_own(const Process& process, const std::vector<int>& own)
{
    const auto contains = [&](int pid) { return std::ranges::find(own, pid) != own.end(); };
    return contains(process.pid) || contains(process.parent) || contains(process.group);
}

} // namespace

Installers installers_at_work(const fs::Tree& proc, const model::Environment& environment,
                              const std::vector<int>& own)
{
    Installers installers;
    const auto entries = proc.list("/proc");
    if (!entries) {
        installers.blind = "/proc cannot be read: installers at work are not seen";
        return installers;
    }
    // The first process is there always; where it is hidden, so are other users'.
    if (!proc.exists("/proc/1/stat"))
        installers.blind = "/proc hides other users' processes: their installers are not seen";
    const auto holders =
        is_of_system(environment) ? holders_of_system_locks(proc) : std::vector<int>{};
    const auto threads = kernel_threads(proc);
    for (const auto& entry : *entries) {
        const auto pid = number(entry.name);
        if (!pid || std::ranges::binary_search(threads, *pid)) continue;
        const auto folder = join("/proc", entry.name);
        const bool holds_lock = std::ranges::find(holders, *pid) != holders.end();
        if (!holds_lock && !may_install(proc, folder)) continue;
        Process process{.pid = *pid};
        if (const auto text = proc.read(join(folder, "cmdline"), k_arguments_cap))
            process.arguments = split_arguments(*text);
        auto what = installing(process);
        if (what.empty() && !holds_lock) continue;
        read_parents(proc, folder, process);
        if (is_own(process, own)) continue;
        read_surroundings(proc, folder, process);
        if (!holds_lock && !concerns(process, environment, is_in_a_venv(proc, process))) continue;
        if (what.empty()) what = "a process that holds the lock of apt or dpkg";
        installers.at_work.push_back({.pid = *pid, .what = std::move(what)});
    }
    std::ranges::sort(installers.at_work, {}, &Installer::pid);
    return installers;
}

} // namespace envfix::watch
