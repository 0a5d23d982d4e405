#include "capture/venv_trouble.hpp"

#include "formats/pyvenv_cfg.hpp"

#include <algorithm>

namespace envfix::capture {

namespace {

using Kind = model::InterpreterTrouble::Kind;

constexpr std::size_t k_pyvenv_cfg_cap = 16UL * 1024;

std::string minor_version(const model::Interpreter& interpreter)
{
    return std::to_string(interpreter.major) + "." + std::to_string(interpreter.minor) +
           (interpreter.free_threaded ? "t" : "");
}

/// Whether somebody installed more into the folder than the tools that come with every environment.
bool has_packages(const fs::Tree& tree, const std::string& prefix, const std::string& version)
{
    const auto entries = tree.list(prefix + "/lib/python" + version + "/site-packages");
    if (!entries) return false;
    return std::ranges::any_of(*entries, [](const fs::Entry& entry) {
        const bool counts = entry.name.ends_with(".dist-info") || entry.name.ends_with(".egg-info");
        return counts && !entry.name.starts_with("pip-") && !entry.name.starts_with("setuptools-") &&
               !entry.name.starts_with("wheel-") && !entry.name.starts_with('~');
    });
}

/// The version whose folder holds the packages, where the interpreter's own holds none: after `python3.13 -m venv` over a
/// venv of 3.12 both folders are there.
std::string version_of_packages(const fs::Tree& tree, const std::string& prefix, const std::vector<std::string>& versions,
                                const std::string& own)
{
    if (versions.size() < 2 || has_packages(tree, prefix, own)) return own;
    const auto other = std::ranges::find_if(
        versions, [&](const std::string& version) { return version != own && has_packages(tree, prefix, version); });
    return other == versions.end() ? own : *other;
}

constexpr int k_most_links = 40;

std::string next_of(const std::string& link, const std::string& target)
{
    return target.starts_with('/') ? target : link.substr(0, link.rfind('/') + 1) + target;
}

/// Follows links one by one to the first that leads nowhere, for the message.
model::InterpreterTrouble follow(const fs::Tree& tree, std::string path)
{
    const auto first = path;
    for (int i = 0; i < k_most_links; ++i) {
        const auto target = tree.read_link(path);
        if (!target) break;
        auto next = next_of(path, *target);
        if (!tree.lstat(next)) {
            return {.kind = Kind::dangling, .path = path, .expected = "a Python executable", .actual = next};
        }
        path = std::move(next);
    }
    return {.kind = Kind::dangling, .path = first, .expected = "a Python executable", .actual = path};
}

/// Says how far the links lead that we may not follow to their end.
Error denied(const fs::Tree& tree, std::string path)
{
    const auto uid = std::to_string(fs::Reader::of_process().uid);
    const auto first = path;
    for (int i = 0; i < k_most_links; ++i) {
        const auto target = tree.read_link(path);
        if (!target) break;
        path = next_of(path, *target);
    }
    return {.code = ErrorCode::denied,
            .message = (path == first ? "it" : "it leads to " + path + ", which") + " cannot be read by uid " + uid +
                       ": permission denied"};
}

/// What is wrong with one name of a Python.
Result<model::InterpreterTrouble> trouble_at(const fs::Tree& tree, const std::string& path)
{
    const auto status = tree.stat(path);
    if (status) {
        if (status->is_executable()) return model::InterpreterTrouble{};
        return model::InterpreterTrouble{
            .kind = Kind::not_executable,
            .path = path,
            .expected = "a program that may be executed",
            .actual = status->is_regular() ? "a file without the right to execute it" : "no regular file"};
    }
    if (status.error().code == ErrorCode::denied) return fail(denied(tree, path));
    const auto itself = tree.lstat(path);
    if (itself && itself->is_link()) return follow(tree, path);
    if (itself) return model::InterpreterTrouble{};
    return model::InterpreterTrouble{
        .kind = Kind::missing, .path = path, .expected = "a Python executable", .actual = "no such file"};
}

/// Another name of the Python in the same folder, that does start one.
std::string other_name(const fs::Tree& tree, const std::string& bin)
{
    const auto entries = tree.list(bin);
    if (!entries) return {};
    const auto works = std::ranges::find_if(*entries, [&](const fs::Entry& entry) {
        if (!entry.name.starts_with("python3") || entry.name.ends_with("-config")) return false;
        const auto status = tree.stat(bin + "/" + entry.name);
        return status && status->is_executable();
    });
    return works == entries->end() ? std::string{} : works->name;
}

} // namespace

Result<model::InterpreterTrouble> executable_trouble(const fs::Tree& tree, const model::Environment& environment)
{
    const auto bin = environment.path + "/bin";
    const auto python = bin + "/python";
    const auto& path = environment.executable.empty() ? python : environment.executable;
    ENVFIX_TRY(auto trouble, trouble_at(tree, path));
    const bool is_venv = environment.kind == model::EnvironmentKind::venv || environment.kind == model::EnvironmentKind::pipx;
    if (!is_venv) return trouble;
    // Whatever name was asked for: who works in a venv types `python`.
    if (trouble.kind == Kind::none && path != python && path.starts_with(bin + "/")) {
        ENVFIX_TRY(trouble, trouble_at(tree, python));
    }
    const auto other = trouble.kind == Kind::missing ? other_name(tree, bin) : std::string{};
    if (!other.empty()) trouble.actual += "; " + other + " lies beside it";
    return trouble;
}

std::vector<std::string> library_versions(const fs::Tree& tree, const std::string& prefix)
{
    std::vector<std::string> versions;
    const auto entries = tree.list(prefix + "/lib");
    if (!entries) return versions;
    constexpr std::string_view k_python = "python";
    for (const auto& entry : *entries) {
        if (!entry.name.starts_with(k_python) || entry.name.size() <= k_python.size()) continue;
        if (!tree.is_directory(prefix + "/lib/" + entry.name + "/site-packages")) continue;
        versions.push_back(entry.name.substr(k_python.size()));
    }
    return versions;
}

model::InterpreterTrouble venv_trouble(const fs::Tree& tree, const model::Environment& environment,
                                       const model::Interpreter& interpreter)
{
    const auto cfg_path = environment.path + "/pyvenv.cfg";
    const auto text = tree.read(cfg_path, k_pyvenv_cfg_cap);
    if (!text) return {};
    const auto versions = library_versions(tree, environment.path);
    const auto own = minor_version(interpreter);
    const bool is_known = interpreter.minor != 0 && interpreter.implementation == "cpython" && !versions.empty();
    const bool own_folder = std::ranges::find(versions, own) != versions.end();
    const auto packages = own_folder ? version_of_packages(tree, environment.path, versions, own) : (versions.empty() ? own : versions.front());
    if (is_known && packages != own) {
        return {.kind = Kind::version_differs,
                .path = environment.executable,
                .expected = "Python " + packages,
                .actual = "Python " + own};
    }
    const auto configuration = formats::parse_pyvenv_cfg(*text);
    const auto home = configuration.last("home"); // a view into it
    if (!home || !home->starts_with('/')) return {};
    const auto folder = tree.stat(std::string{*home});
    const bool is_hidden = !folder && folder.error().code == ErrorCode::denied; // which is not to say that it is gone
    if (!is_hidden && !(folder && folder->is_directory())) {
        return {.kind = Kind::home_missing,
                .path = cfg_path,
                .expected = "a folder with a Python in it",
                .actual = std::string{*home}};
    }
    return {};
}

} // namespace envfix::capture
