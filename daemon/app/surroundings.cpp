#include "app/surroundings.hpp"

#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <string_view>

namespace envfix::app {

namespace {

std::string variable(const char* name)
{
    const char* value = ::getenv(name);
    return value != nullptr ? value : std::string{};
}

/// The XDG base directory specification ignores a value that is not absolute.
std::string absolute_variable(const char* name)
{
    auto value = variable(name);
    if (!value.starts_with('/')) value.clear();
    return value;
}

std::vector<std::string> split(std::string_view list)
{
    std::vector<std::string> parts;
    while (!list.empty()) {
        const auto end = list.find(':');
        const auto part = list.substr(0, end);
        if (!part.empty()) parts.emplace_back(part);
        if (end == std::string_view::npos) break;
        list.remove_prefix(end + 1);
    }
    return parts;
}

std::string or_else(std::string value, std::string fallback)
{
    return value.empty() ? std::move(fallback) : std::move(value);
}

std::string current_directory()
{
    std::array<char, PATH_MAX> buffer{};
    const char* path = ::getcwd(buffer.data(), buffer.size());
    return path != nullptr && *path == '/' ? path : "/";
}

} // namespace

Result<Surroundings> surroundings_of_process(Instance instance)
{
    Surroundings found{.instance = instance};
    found.home = absolute_variable("HOME");
    if (found.home.empty() && instance == Instance::user) {
        return fail(ErrorCode::malformed, "HOME is not set to an absolute path; set it and start again");
    }
    found.user = or_else(variable("USER"), std::to_string(::getuid()));
    found.search_path = or_else(variable("PATH"), "/usr/local/bin:/usr/bin:/bin");
    found.pyenv_root = absolute_variable("PYENV_ROOT");
    found.working_directory = current_directory();

    for (const auto* name : {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_PROXY", "PIP_CERT"}) {
        if (auto value = variable(name); !value.empty()) found.pip_variables.emplace(name, std::move(value));
    }

    for (const auto* name : {"PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH"}) {
        model::PathSetting setting{.variable = name, .declared_by = "the session"};
        for (const auto& part : split(variable(name))) {
            setting.entries.push_back(part.starts_with('/') ? part : found.working_directory + "/" + part);
        }
        if (!setting.entries.empty()) found.search_paths.push_back(std::move(setting));
    }

    const bool system = instance == Instance::system;
    if (system) { // what a service manager or a person left in its variables says nothing about the machine
        found.home.clear();
        found.search_path = "/usr/local/bin:/usr/bin:/bin";
        found.pyenv_root.clear();
        found.pip_variables.clear();
        found.search_paths.clear();
    }
    const auto state_home = or_else(absolute_variable("XDG_STATE_HOME"), found.home + "/.local/state");
    found.state_dir = or_else(absolute_variable("ENVFIX_STATE_DIR"),
                              system ? "/var/lib/envfix" : state_home + "/envfix");
    // A home that is not there is not made: /nonexistent is the home of accounts that shall have none.
    const bool at_home = ::access(found.home.c_str(), F_OK) == 0;
    const auto cache_home = or_else(absolute_variable("XDG_CACHE_HOME"), at_home ? found.home + "/.cache" : "");
    if (system) {
        found.cache_dir = "/var/cache/envfix";
    } else if (!cache_home.empty()) {
        found.cache_dir = cache_home + "/envfix";
    }

    const auto given = variable("ENVFIX_CONFIG_DIRS");
    found.config_dirs_given = !given.empty();
    if (found.config_dirs_given) {
        found.config_dirs = split(given);
    } else {
        found.config_dirs = {"/usr/share/envfix", "/etc/envfix"};
        if (!system) {
            const auto config_home = or_else(absolute_variable("XDG_CONFIG_HOME"), found.home + "/.config");
            found.config_dirs.push_back(config_home + "/envfix");
        }
    }
    return found;
}

} // namespace envfix::app
