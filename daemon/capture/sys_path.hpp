#pragma once

#include "base/result.hpp"
#include "fs/tree.hpp"
#include "model/interpreter.hpp"
#include "model/snapshot.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// The sys.path that a Python program would see, computed from what lies on disk. No interpreter
/// is started and no line of Python executed. Rules of CPython 3.6 to 3.15, with Debian's.
namespace envfix::capture {

/// What of an interpreter decides where it looks for its files.
struct PathFacts {
    int major = 3;
    int minor = 0;
    int micro = 0;
    bool free_threaded = false;      ///< lib/python3.13t
    bool pypy = false;               ///< lib/pypy3.9
    bool debian = false;             ///< Debian's site module: dist-packages
    std::string platlibdir = "lib";  ///< sys.platlibdir as compiled in; "lib64" on Fedora
    std::string build_prefix{};      ///< the prefix that was compiled in; empty: not known
    std::string build_exec_prefix{}; ///< empty: not known

    bool operator==(const PathFacts&) const = default;
};

PathFacts path_facts(const model::Interpreter& interpreter);

/// How a program is started. Paths are those of the tree.
struct Invocation {
    std::vector<std::string> argv{}; ///< the interpreter's name first, as typed
    std::map<std::string, std::string> environment{};
    std::string cwd = "/";
    std::string home{}; ///< of the user, from the password database; where HOME is not set
};

struct SysPath {
    std::optional<std::string> first;      ///< what the program itself puts in front: "" under -c
    std::vector<model::PathEntry> entries; ///< without `first`
    std::string executable;                ///< sys.executable
    std::string prefix;                    ///< sys.prefix; empty: not known
    std::string exec_prefix;
    std::string base_prefix;
    std::string base_exec_prefix;
    bool complete = true; ///< false: no prefix was found and none was compiled in that we know
    std::optional<bool> enable_user_site; ///< site.ENABLE_USER_SITE; none: site was not imported
    std::optional<std::string> user_site; ///< site.USER_SITE
    std::vector<model::ExecutedLine>
        executed; ///< lines that may change the path; known harmless ones left out
    std::vector<model::Unreadable> unreadable; ///< .pth files and folders that we could not read
    std::string fatal; ///< why the interpreter refuses to start; empty: it starts

    bool operator==(const SysPath&) const = default;
};

/// What an invocation would see. Fails only where the arguments make no sense: no argv, a relative
/// cwd. What is wrong with the files is in the value.
Result<SysPath> sys_path_of_invocation(const fs::Tree& tree, const PathFacts& facts,
                                       const Invocation& invocation);

struct SysPathOptions {
    std::map<std::string, std::string> environment{}; ///< PYTHONPATH, HOME … as far as they matter
    std::string cwd = "/";
    std::string home{};    ///< of the user, where HOME is not set
    bool isolated = false; ///< as with -I: no PYTHON… variables, no user site
};

/// What an environment's interpreter sees before a program adds its own folder.
Result<SysPath> sys_path_of(const fs::Tree& tree, const model::Interpreter& interpreter,
                            const SysPathOptions& options);

} // namespace envfix::capture
