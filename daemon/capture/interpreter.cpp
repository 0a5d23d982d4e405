#include "capture/interpreter.hpp"

#include "capture/interpreter_binary.hpp"
#include "capture/interpreter_library.hpp"
#include "capture/python_path.hpp"
#include "capture/site.hpp"
#include "capture/startup.hpp"
#include "formats/extension_suffix.hpp"
#include "formats/pyvenv_cfg.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace envfix::capture {

namespace {

constexpr std::size_t k_cfg_cap = 16UL * 1024;

using VenvCfg = std::optional<formats::PyvenvCfg>;

/// pyvenv.cfg beside the executable or one folder up. One that is there and cannot be read is an
/// error: Python waits for a pipe for ever, dies of a device, and takes a folder for none at all.
Result<VenvCfg> read_pyvenv_cfg(const fs::Tree& tree, const std::string& executable)
{
    const auto read = [&](const std::string& place) -> Result<VenvCfg> {
        const auto path = join_path(place, "pyvenv.cfg");
        const auto text = tree.read(path, k_cfg_cap);
        if (text) return VenvCfg(formats::parse_pyvenv_cfg(*text));
        if (text.error().code == ErrorCode::not_found && !tree.lstat(path)) return VenvCfg{};
        return fail(text.error().code, "what its Python would do cannot be told: " + text.error().message);
    };
    const auto folder = parent_path(executable);
    auto beside = read(folder);
    ENVFIX_TRY(auto above, read(parent_path(folder))); // the start-up code looks there first
    if (above && !(beside && *beside)) return above;
    return beside;
}

/// The name "python3.13" says nothing of the build where it is one of two names of a file: `make install` of a free-threaded or
/// a debug build gives it both that name and the one with the flags.
NamedPython with_flags_of_its_other_name(const fs::Tree& tree, const std::string& path, NamedPython python)
{
    if (python.implementation != "cpython" || !python.flags.empty()) return python;
    const auto own = tree.stat(path);
    if (!own || own->links < 2) return python;
    for (const char* flags : {"t", "d", "td"}) {
        const auto name = "python" + std::to_string(python.major) + "." + std::to_string(python.minor) + flags;
        const auto other = tree.stat(join_path(parent_path(path), name));
        if (!other || other->device != own->device || other->inode != own->inode) continue;
        python.flags = flags;
        break;
    }
    return python;
}

/// Which Python it is: by its name, the library that it needs, the one that its venv was made
/// from, or, where all of them are silent, the text that is compiled in.
std::optional<NamedPython> identify(const fs::Tree& tree, const PythonBinary& binary,
                                    const std::optional<formats::PyvenvCfg>& venv)
{
    if (auto named = python_in_name(last_name(binary.path)))
        return with_flags_of_its_other_name(tree, binary.path, *std::move(named));
    for (const auto& library : binary.needed) {
        if (auto named = python_in_name(library)) return named;
    }
    if (venv) {
        // A copy in a venv: since 3.11 venv writes down of what; else its sibling at home still has the full name.
        std::vector<std::string> originals{std::string(venv->last("executable").value_or(std::string_view{}))};
        for (const char* name : {"python3", "python", "pypy3"})
            originals.push_back(join_path(std::string(venv->last("home").value_or(std::string_view{})), name));
        for (const auto& original : originals) {
            const auto real = original.starts_with('/') ? tree.real_path(original) : Result<std::string>(fail(ErrorCode::not_found, {}));
            if (!real) continue;
            if (auto named = python_in_name(last_name(*real)))
                return with_flags_of_its_other_name(tree, *real, *std::move(named));
        }
    }
    const auto tag =
        formats::parse_extension_name("m." + python_strings(tree, binary.path, {}).tag + ".so");
    if (!tag || tag->implementation != "cpython") return std::nullopt;
    return NamedPython{tag->implementation, tag->major, tag->minor, tag->abi_flags};
}

PathFacts facts_for_search(const fs::Tree& tree, const NamedPython& python)
{
    PathFacts facts{.major = python.major,
                    .minor = python.minor,
                    .free_threaded = python.flags.find('t') != python.flags.npos};
    facts.pypy = python.implementation == "pypy";
    // Where the search from the executable finds nothing, the compiled-in prefix counts: one of the
    // usual ones, if it holds such a library.
    for (const char* prefix : {"/usr", "/usr/local"}) {
        for (const char* library : {"lib", "lib64"}) {
            const auto module =
                join_path(join_path(prefix, library_folder(facts, library)), "os.py");
            if (!facts.build_prefix.empty() || !tree.exists(module)) continue;
            facts.build_prefix = facts.build_exec_prefix = prefix;
        }
    }
    return facts;
}

bool has_library(const fs::Tree& tree, const PathFacts& facts, const Startup& found)
{
    if (found.base_prefix.empty()) return false;
    return View(tree, "/").is_directory(join_path(found.base_prefix, library_folder(facts, facts.platlibdir)));
}

/// Where the start-up code finds its library; with "lib64" as Fedora builds it, where "lib" fails.
Startup find_library(const fs::Tree& tree, PathFacts& facts, const std::string& executable)
{
    const View view(tree, "/");
    const Invocation invocation{.argv = {executable, "-I"}};
    Startup found;
    for (const char* platlibdir : {"lib", "lib64"}) {
        facts.platlibdir = platlibdir;
        StartOptions options = start_options(facts, invocation);
        found = start(view, facts, invocation, options);
        if (has_library(tree, facts, found)) return found;
    }
    facts.platlibdir = "lib";
    return found;
}

/// The same for a Python whose name leaves open whether its build is free-threaded: it is where only that library is there.
Startup find_library(const fs::Tree& tree, NamedPython& python, PathFacts& facts, const std::string& executable)
{
    facts = facts_for_search(tree, python);
    auto found = find_library(tree, facts, executable);
    const bool may_be_free_threaded = python.implementation == "cpython" && !facts.free_threaded && python.minor >= 13;
    if (!may_be_free_threaded || has_library(tree, facts, found)) return found;
    auto other = python;
    other.flags += 't';
    auto other_facts = facts_for_search(tree, other);
    auto other_found = find_library(tree, other_facts, executable);
    if (!has_library(tree, other_facts, other_found)) return found;
    python = std::move(other);
    facts = std::move(other_facts);
    return other_found;
}

/// The full version, from the cheapest place that has it.
std::string full_version(const fs::Tree& tree, const PythonBinary& binary,
                         const NamedPython& python, const LibraryFacts& library,
                         const std::string& base_prefix,
                         const std::optional<formats::PyvenvCfg>& venv)
{
    const auto prefix = std::to_string(python.major) + "." + std::to_string(python.minor);
    if (auto version = header_version(tree, base_prefix, python, library.abi_flags);
        !version.empty())
        return version;
    const auto shared = python_library(tree, binary);
    const auto found = python_strings(tree, shared ? *shared : binary.path, prefix + ".");
    if (!found.version.empty()) return found.version;
    if (venv) {
        for (const char* key : {"version", "version_info"}) {
            const auto value = venv->last(key).value_or(std::string_view{});
            if (!value.starts_with(prefix + ".")) continue;
            // virtualenv writes 3.11.2.final.0
            return std::string(value.substr(0, value.find('.', prefix.size() + 1)));
        }
    }
    return prefix;
}

/// What nearly every build for Linux has in the names of its modules; for a library so bare that nothing in it says so.
std::string usual_multiarch(const PythonBinary& binary)
{
    return binary.machine_text + (binary.libc == model::Libc::musl ? "-linux-musl" : "-linux-gnu");
}

} // namespace

Result<model::Interpreter> describe_interpreter(const fs::Tree& tree, const std::string& executable)
{
    ENVFIX_TRY(const auto venv, read_pyvenv_cfg(tree, executable));
    ENVFIX_TRY(const auto real_path, tree.real_path(executable));
    ENVFIX_TRY(const auto binary, read_python_binary(tree, real_path));
    auto python = identify(tree, binary, venv);
    if (!python) return fail(ErrorCode::malformed, executable + " is no Python that envfix knows");

    model::Interpreter out;
    out.executable = executable;
    out.real_path = real_path;
    out.major = python->major;
    out.minor = python->minor;
    out.implementation = python->implementation;
    out.libc = binary.libc;
    out.elf_machine = binary.machine;
    out.elf_class = binary.elf_class;
    out.platform = "linux-" + binary.machine_text;
    out.libc_version = libc_version(tree, binary);

    PathFacts facts;
    const auto found = find_library(tree, *python, facts, executable);
    out.base_prefix = normal_path(found.base_prefix);
    const auto venv_prefix = venv_prefix_of(View(tree, "/"), found.executable);
    out.prefix = venv_prefix ? *venv_prefix : out.base_prefix;
    out.free_threaded = facts.free_threaded;
    LibraryFacts library;
    if (!found.base_prefix.empty()) {
        out.stdlib = join_path(out.base_prefix, library_folder(facts, facts.platlibdir));
        library = read_library(tree, out.stdlib, *python, binary.machine_text);
        // PyPy leaves the platform out of it.
        if (!library.pypy_abi.empty()) {
            library.soabi = "pypy" + std::to_string(out.major) + std::to_string(out.minor) + "-" +
                            library.pypy_abi;
        }
        const bool says_nothing = library.soabi.empty() && library.multiarch.empty();
        if (says_nothing && python->implementation == "cpython") library.multiarch = usual_multiarch(binary);
    } else {
        out.base_prefix.clear();
        if (!venv_prefix) out.prefix.clear();
    }
    if (library.abi_flags.empty()) library.abi_flags = python->flags;
    out.debug = library.abi_flags.find('d') != library.abi_flags.npos;
    out.debian = library.debian;
    out.externally_managed = library.externally_managed && !venv_prefix;
    out.multiarch = library.multiarch;
    out.version = full_version(tree, binary, *python, library, out.base_prefix, venv);

    const formats::SuffixFacts suffixes{.implementation = out.implementation,
                                        .major = out.major,
                                        .minor = out.minor,
                                        .abi_flags = library.abi_flags,
                                        .multiarch = library.multiarch,
                                        .pypy_abi = library.pypy_abi,
                                        .debian = library.debian};
    out.soabi = library.soabi.empty() ? formats::soabi(suffixes) : library.soabi;
    out.extension_suffixes = formats::extension_suffixes(suffixes);
    return out;
}

} // namespace envfix::capture
