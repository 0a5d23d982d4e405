#include "capture/startup.hpp"

#include "capture/python_path.hpp"

namespace envfix::capture {

namespace {

/// PyPy goes up from the file that its links lead to, and has one folder for everything.
Startup start_pypy(const View& view, const PathFacts& facts, const Invocation& invocation,
                   const StartOptions& options)
{
    Startup out;
    const std::string name = program_name(invocation);
    if (name.find('/') != name.npos) out.executable = absolute_path(view.cwd(), name);
    for (const auto& folder : split_colons(variable(invocation, "PATH"))) {
        auto candidate = absolute_path(view.cwd(), join_path(folder, name));
        if (out.executable.empty() && view.is_executable(candidate))
            out.executable = std::move(candidate);
    }
    const auto library = library_folder(facts, options.platlibdir);
    auto folder = cut_last(view.real_path(out.executable).value_or(out.executable));
    while (!folder.empty() && !view.is_file(join_path(join_path(folder, library), "os.py")))
        folder = cut_last(folder);
    if (folder.empty()) folder = facts.build_prefix;
    for (auto& path : split_colons(options.python_path))
        out.search_path.push_back(
            {.path = std::move(path), .origin = model::PathOrigin::pythonpath});
    out.complete = !folder.empty();
    if (out.complete) {
        out.search_path.push_back(
            {.path = join_path(folder, library), .origin = model::PathOrigin::stdlib});
    }
    out.prefix = out.exec_prefix = out.base_prefix = out.base_exec_prefix = folder;
    return out;
}

} // namespace

Startup start(const View& view, const PathFacts& facts, const Invocation& invocation,
              StartOptions& options)
{
    if (facts.pypy) return start_pypy(view, facts, invocation, options);
    if (facts.minor >= 11) return start_by_python_code(view, facts, invocation, options);
    return start_by_c_code(view, facts, invocation, options);
}

std::string library_folder(const PathFacts& facts, const std::string& platlibdir)
{
    return platlibdir + (facts.pypy ? "/pypy" : "/python") + std::to_string(facts.major) + "." +
           std::to_string(facts.minor) + (facts.free_threaded ? "t" : "");
}

std::string library_zip(const PathFacts& facts, const std::string& platlibdir)
{
    return platlibdir + "/python" + std::to_string(facts.major) + std::to_string(facts.minor) +
           (facts.free_threaded ? "t" : "") + ".zip";
}

std::string program_name(const Invocation& invocation)
{
    if (invocation.argv.empty() || invocation.argv.front().empty()) return "python3";
    return invocation.argv.front();
}

std::vector<std::string> split_colons(std::string_view text)
{
    std::vector<std::string> pieces;
    if (text.empty()) return pieces;
    for (;;) {
        const auto end = text.find(':');
        pieces.emplace_back(text.substr(0, end));
        if (end == text.npos) return pieces;
        text.remove_prefix(end + 1);
    }
}

} // namespace envfix::capture
