#include "capture/sys_path.hpp"

#include "capture/python_path.hpp"
#include "capture/site.hpp"
#include "capture/startup.hpp"

#include <algorithm>
#include <charconv>

namespace envfix::capture {

namespace {

/// An end-of-central-directory record in the file's last 64 KiB: what zipimport looks for.
bool is_zip_file(const View& view, const std::string& path)
{
    const auto file = view.tree().open_file(join_path(view.cwd(), path));
    if (!file) return false;
    constexpr std::uint64_t k_tail = 22 + 65535;
    const auto size = file->status().size;
    const auto tail = file->read_at(size > k_tail ? size - k_tail : 0, k_tail);
    return tail && tail->find("PK\x05\x06") != std::string::npos;
}

/// Whether the modules that the interpreter itself needs are there: without them it stops at once.
bool has_standard_library(const View& view, const Startup& startup)
{
    return std::any_of(startup.search_path.begin(), startup.search_path.end(),
                       [&view](const auto& entry) {
                           const auto has = [&](const char* name) {
                               return view.is_file(join_path(entry.path, name));
                           };
                           if (!view.exists(entry.path)) return false;
                           if (entry.path.ends_with(".zip") && is_zip_file(view, entry.path))
                               return true;
                           return has("os.py") || has("encodings/__init__.py") || has("os.pyc") ||
                                  has("encodings/__init__.pyc");
                       });
}

/// The folder of a script: of the file that its links lead to, and as typed where there is none.
std::string folder_of_script(const View& view, const std::string& script)
{
    const auto real = view.real_path(script);
    const std::string& path = real ? *real : script;
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {};
    return path.substr(0, slash == 0 ? 1 : slash);
}

std::optional<std::string> first_entry(const View& view, const PathFacts& facts,
                                       const StartOptions& options)
{
    using Run = StartOptions::Run;
    if (options.run == Run::script && options.script != "-" &&
        (view.is_directory(options.script) || is_zip_file(view, options.script))) {
        // A folder or archive with a __main__ is searched itself, even under -I.
        if (facts.minor < 9) return options.script;
        return join_path(view.cwd(), options.script);
    }
    if (options.safe_path) return std::nullopt;
    switch (options.run) {
    case Run::interactive:
    case Run::command: return "";
    case Run::module: return view.cwd();
    case Run::script: return folder_of_script(view, options.script);
    }
    return std::nullopt;
}

SysPath without_site(const View& view, const Startup& startup)
{
    SysPath out{.first = {},
                .entries = startup.search_path,
                .executable = startup.executable,
                .prefix = startup.prefix,
                .exec_prefix = startup.exec_prefix,
                .base_prefix = startup.base_prefix,
                .base_exec_prefix = startup.base_exec_prefix,
                .complete = startup.complete,
                .enable_user_site = {},
                .user_site = {},
                .executed = {},
                .unreadable = {},
                .fatal = {}};
    for (auto& entry : out.entries)
        entry.exists = view.exists(entry.path);
    return out;
}

} // namespace

PathFacts path_facts(const model::Interpreter& interpreter)
{
    PathFacts facts{.major = interpreter.major,
                    .minor = interpreter.minor,
                    .free_threaded = interpreter.free_threaded,
                    .pypy = interpreter.implementation == "pypy",
                    .debian = interpreter.debian,
                    .build_prefix = interpreter.base_prefix,
                    .build_exec_prefix = interpreter.base_prefix};
    const auto micro = interpreter.version.rfind('.');
    if (std::count(interpreter.version.begin(), interpreter.version.end(), '.') == 2) {
        std::from_chars(interpreter.version.data() + micro + 1,
                        interpreter.version.data() + interpreter.version.size(), facts.micro);
    }
    // "/usr" and "/usr/lib64/python3.9": what stands between is platlibdir.
    const auto library = cut_last(interpreter.stdlib);
    if (last_name(library) == "lib64") facts.platlibdir = "lib64";
    return facts;
}

Result<SysPath> sys_path_of_invocation(const fs::Tree& tree, const PathFacts& facts,
                                       const Invocation& invocation)
{
    if (invocation.argv.empty()) return fail(ErrorCode::malformed, "an invocation without argv");
    if (!invocation.cwd.starts_with('/'))
        return fail(ErrorCode::malformed, "not an absolute path: '" + invocation.cwd + "'");
    const View view(tree, invocation.cwd);
    StartOptions options = start_options(facts, invocation);
    const Startup startup = start(view, facts, invocation, options);
    SysPath out = options.import_site ? run_site(view, facts, invocation, options, startup)
                                      : without_site(view, startup);
    out.first = first_entry(view, facts, options);
    if (!startup.fatal.empty()) {
        out.fatal = startup.fatal;
    } else if (!has_standard_library(view, startup) &&
               // Nobody compiles a second library in for a PYTHONPLATLIBDIR that somebody may set.
               (!startup.base_prefix.empty() || options.platlibdir != facts.platlibdir)) {
        out.fatal = "no standard library in " + out.base_prefix;
    }
    return out;
}

Result<SysPath> sys_path_of(const fs::Tree& tree, const model::Interpreter& interpreter,
                            const SysPathOptions& options)
{
    Invocation invocation{.argv = {interpreter.executable},
                          .environment = options.environment,
                          .cwd = options.cwd,
                          .home = options.home};
    if (options.isolated) invocation.argv.emplace_back("-I");
    auto found = sys_path_of_invocation(tree, path_facts(interpreter), invocation);
    if (found) found->first.reset();
    return found;
}

} // namespace envfix::capture
