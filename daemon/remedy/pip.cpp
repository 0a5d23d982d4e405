#include "remedy/pip.hpp"

#include "base/printable.hpp"
#include "fs/tree.hpp"
#include "pep/version.hpp"
#include "process/scratch.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

namespace envfix::remedy {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view k_debian_wheels = "/usr/share/python-wheels";
constexpr std::string_view k_bundled = "/ensurepip/_bundled";
constexpr auto k_version_limit = 20s;

std::string_view name_of(std::string_view path)
{
    return path.substr(path.rfind('/') + 1);
}

/// The version of a wheel's file name, "pip-23.0.1-py3-none-any.whl".
std::optional<pep::Version> wheel_version(std::string_view path)
{
    constexpr std::string_view k_prefix = "pip-";
    auto name = name_of(path);
    if (!name.starts_with(k_prefix) || !name.ends_with(".whl")) return std::nullopt;
    name.remove_prefix(k_prefix.size());
    return pep::Version::try_parse(name.substr(0, name.find('-')));
}

bool passes(std::string_view entry)
{
    return !entry.starts_with("PIP_") && !entry.starts_with("PYTHON") &&
           !entry.starts_with("TMPDIR=");
}

/// "pip 23.0.1 from /usr/…" → "23.0.1"
std::string stated_version(std::string_view text)
{
    constexpr std::string_view k_word = "pip ";
    if (!text.starts_with(k_word)) return {};
    text.remove_prefix(k_word.size());
    return std::string(text.substr(0, text.find(' ')));
}

// What a coroutine hands on is made here: g++ 12.2 destroys lists and aggregates twice that are
// written in the body of one.
process::Command command_of(Pip pip, const std::vector<std::string>& arguments,
                            const PipSettings& settings, const Surroundings& surroundings,
                            const std::string& folder, std::chrono::milliseconds limit)
{
    process::Command command;
    command.argv = std::move(pip.argv);
    command.argv.push_back(arguments.front());
    for (const auto* option : {"--disable-pip-version-check", "--no-input", "--no-cache-dir"}) {
        command.argv.emplace_back(option);
    }
    const auto from_settings = pip_arguments(settings);
    command.argv.insert(command.argv.end(), from_settings.begin(), from_settings.end());
    command.argv.insert(command.argv.end(), arguments.begin() + 1, arguments.end());
    std::ranges::copy_if(surroundings.environment, std::back_inserter(command.environment), passes);
    const auto variables = pip_variables(settings);
    command.environment.insert(command.environment.end(), variables.begin(), variables.end());
    command.environment.emplace_back("PIP_CONFIG_FILE=/dev/null");
    command.environment.push_back("TMPDIR=" + folder);
    command.working_directory = folder;
    command.limits.wall = limit;
    return command;
}

std::vector<Pip> candidates(const model::Interpreter& interpreter, bool has_own)
{
    std::vector<Pip> list;
    if (has_own) {
        list.push_back({.argv = {interpreter.executable, "-I", "-B", "-m", "pip"},
                        .version = {},
                        .where = "the environment"});
    }
    for (const auto& wheel : pip_wheels(interpreter)) {
        list.push_back({.argv = {interpreter.executable, "-I", "-B", wheel + "/pip"},
                        .version = {},
                        .where = wheel});
    }
    return list;
}

} // namespace

std::string newest_pip_version(const model::Interpreter& interpreter)
{
    constexpr std::size_t k_prefix = 4; // "pip-"
    const auto wheels = pip_wheels(interpreter);
    if (wheels.empty()) return {};
    const auto file = name_of(wheels.front());
    return std::string(file.substr(k_prefix, file.find('-', k_prefix) - k_prefix));
}

PipSettings with_machine_wheels(PipSettings settings, const model::Interpreter& interpreter)
{
    settings.find_links.emplace_back(k_debian_wheels);
    settings.find_links.push_back(interpreter.stdlib + std::string(k_bundled));
    return settings;
}

bool is_package_name(std::string_view name)
{
    constexpr std::string_view k_inner =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const auto is_edge = [](char c) { return c != '.' && c != '_' && c != '-'; };
    return !name.empty() && name.size() <= 128 &&
           name.find_first_not_of(k_inner) == std::string_view::npos && is_edge(name.front()) &&
           is_edge(name.back());
}

bool is_package_version(std::string_view version)
{
    constexpr std::string_view k_characters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!+_-";
    return !version.empty() && version.size() <= 64 &&
           version.find_first_not_of(k_characters) == std::string_view::npos;
}

std::vector<std::string> usable_pip_wheels(std::vector<std::string> paths, int minor)
{
    const auto least = pep::Version::try_parse(minor >= 12 ? "23.2" : "0");
    std::vector<std::pair<pep::Version, std::string>> known;
    for (auto& path : paths) {
        auto version = wheel_version(path);
        if (version && *version >= *least) known.emplace_back(*std::move(version), std::move(path));
    }
    std::ranges::sort(known, [](const auto& a, const auto& b) {
        return a.first == b.first ? a.second < b.second : a.first > b.first;
    });
    std::vector<std::string> usable;
    usable.reserve(known.size());
    for (auto& [version, path] : known) {
        usable.push_back(std::move(path));
    }
    return usable;
}

std::vector<std::string> pip_wheels(const model::Interpreter& interpreter)
{
    std::vector<std::string> found;
    const auto tree = fs::Tree::open();
    if (!tree) return found;
    for (const auto& folder :
         {std::string(k_debian_wheels), interpreter.stdlib + std::string(k_bundled)}) {
        if (!folder.starts_with('/')) continue;
        const auto names = tree->list(folder);
        if (!names) continue;
        for (const auto& entry : *names) {
            found.push_back(folder + "/" + entry.name);
        }
    }
    return usable_pip_wheels(std::move(found), interpreter.minor);
}

asio::awaitable<Result<process::Ended>> run_pip(Pip pip, std::vector<std::string> arguments,
                                                PipSettings settings, Surroundings surroundings,
                                                std::chrono::milliseconds limit)
{
    ENVFIX_CO_TRY(const auto scratch, process::Scratch::make(surroundings.scratch_parent, std::nullopt));
    const auto command =
        command_of(std::move(pip), arguments, settings, surroundings, scratch.path(), limit);
    auto ended = co_await process::run(command);
    co_return ended;
}

asio::awaitable<Result<Pip>> find_pip(model::Interpreter interpreter, bool has_own,
                                      Surroundings surroundings)
{
    const PipSettings no_settings;
    const std::vector<std::string> ask_version(1, "--version");
    for (auto& pip : candidates(interpreter, has_own)) {
        const auto ended =
            co_await run_pip(pip, ask_version, no_settings, surroundings, k_version_limit);
        if (!ended) co_return fail(ended.error());
        pip.version = stated_version(ended->out);
        if (ended->well() && !pip.version.empty()) co_return std::move(pip);
    }
    co_return fail(ErrorCode::not_supported,
                   interpreter.executable +
                       " has no pip, and no wheel of pip on this machine starts with it "
                       "(Debian: apt-get install python3-pip-whl)");
}

std::string pip_complaint(const process::Ended& ended, std::chrono::milliseconds limit)
{
    std::string_view rest = ended.err;
    std::string_view said;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = rest.substr(0, end);
        if (line.starts_with("ERROR:") || (said.empty() && !line.empty())) said = line;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    process::Limits limits;
    limits.wall = limit;
    const auto how = "pip: " + process::describe(ended, limits);
    return said.empty() ? how
                        : how + ": " + escape_untrusted(without_passwords(said.substr(0, 512)));
}

} // namespace envfix::remedy
