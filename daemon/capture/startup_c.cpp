#include "capture/python_path.hpp"
#include "capture/startup.hpp"
#include "formats/pyvenv_cfg.hpp"

#include <functional>
#include <optional>

namespace envfix::capture {

namespace {

constexpr std::size_t k_cfg_cap = 16UL * 1024;
constexpr int k_most_links = 40;

/// Against the current directory, without a leading "./" and otherwise as it stands.
std::string made_absolute(const View& view, std::string_view path)
{
    if (path.starts_with('/')) return std::string(path);
    if (path.starts_with("./")) path.remove_prefix(2);
    return join_path(view.cwd(), path);
}

std::string find_program(const View& view, const Invocation& invocation)
{
    const std::string name = program_name(invocation);
    if (name.find('/') != name.npos) return made_absolute(view, name);
    for (const auto& folder : split_colons(variable(invocation, "PATH"))) {
        auto candidate = join_path(folder, name);
        if (view.is_executable(candidate)) return made_absolute(view, candidate);
    }
    return {};
}

/// The folder of what the executable's links end at; folders on the way are not resolved.
std::string folder_of_program(const View& view, const std::string& executable)
{
    std::string path = executable;
    for (int i = 0; i < k_most_links; ++i) {
        const auto target = view.link(path);
        if (!target) break;
        path = join_path(cut_last(path), *target);
    }
    return cut_last(path);
}

/// `home` of the pyvenv.cfg in that folder or the one above.
std::optional<std::string> venv_home(const View& view, const PathFacts& facts,
                                     const std::string& folder)
{
    auto text = view.read(join_path(folder, "pyvenv.cfg"), k_cfg_cap);
    if (!text) text = view.read(join_path(cut_last(folder), "pyvenv.cfg"), k_cfg_cap);
    if (!text) return std::nullopt;
    return formats::home_at_startup(*text, facts.minor);
}

/// Goes up from `folder` to where `has` holds; the root itself is never asked.
std::optional<std::string> search_up(std::string folder,
                                     const std::function<bool(const std::string&)>& has)
{
    do {
        if (has(folder)) return folder;
        folder = cut_last(folder);
    } while (!folder.empty());
    return std::nullopt;
}

} // namespace

Startup start_by_c_code(const View& view, const PathFacts& facts, const Invocation& invocation,
                        const StartOptions& options)
{
    Startup out;
    const auto library = library_folder(facts, options.platlibdir);
    const auto has_library = [&](const std::string& prefix) {
        const auto module = join_path(join_path(prefix, library), "os.py");
        return view.is_file(module) || view.is_file(module + "c");
    };
    const auto has_dynload = [&](const std::string& prefix) {
        return view.is_directory(join_path(join_path(prefix, library), "lib-dynload"));
    };

    out.executable = find_program(view, invocation);
    std::string folder = folder_of_program(view, out.executable);
    if (auto home = venv_home(view, facts, folder)) folder = *std::move(home);
    folder = made_absolute(view, folder);

    std::optional<std::string> prefix;
    std::optional<std::string> exec_prefix;
    if (!options.python_home.empty()) {
        const auto colon = options.python_home.find(':');
        prefix = options.python_home.substr(0, colon);
        exec_prefix = colon == std::string::npos ? *prefix : options.python_home.substr(colon + 1);
    } else {
        prefix = search_up(folder, has_library);
        exec_prefix = search_up(folder, has_dynload);
    }
    if (!prefix && !facts.build_prefix.empty()) prefix = facts.build_prefix;
    if (!exec_prefix && !facts.build_exec_prefix.empty()) exec_prefix = facts.build_exec_prefix;
    out.complete = prefix && exec_prefix;

    for (auto& path : split_colons(options.python_path))
        out.search_path.push_back(
            {.path = std::move(path), .origin = model::PathOrigin::pythonpath});
    const auto add = [&out](const std::string& text) {
        // The whole path is one text for the interpreter: a colon inside a folder's name cuts it.
        for (auto& path : split_colons(text))
            out.search_path.push_back(
                {.path = std::move(path), .origin = model::PathOrigin::stdlib});
    };
    // What the interpreter calls its prefix is cut back from the library's path: "/x/" becomes
    // "/x".
    const auto cut_back = [&library](const std::string& found) {
        return cut_last(cut_last(join_path(found, library)));
    };
    if (prefix) {
        const auto cut = cut_back(*prefix);
        add(join_path(cut, library_zip(facts, options.platlibdir)));
        add(join_path(*prefix, library));
        out.prefix = cut.empty() ? "/" : cut;
    }
    if (exec_prefix) {
        add(join_path(join_path(*exec_prefix, library), "lib-dynload"));
        const auto cut = cut_back(*exec_prefix);
        out.exec_prefix = cut.empty() ? "/" : cut;
    }
    out.base_prefix = out.prefix;
    out.base_exec_prefix = out.exec_prefix;
    return out;
}

} // namespace envfix::capture
