#pragma once

#include "model/environment.hpp"
#include "model/interpreter.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace envfix::model {

/// Where an entry of sys.path comes from.
enum class PathOrigin : std::uint8_t { pythonpath, stdlib, venv_site, user_site, system_site, pth };

struct PathEntry {
    std::string path;
    PathOrigin origin = PathOrigin::system_site;
    std::string declared_by; ///< the .pth file, or empty
    bool exists = false;

    bool operator==(const PathEntry&) const = default;
};

/// How an installed distribution is recorded on disk.
enum class MetadataForm : std::uint8_t { dist_info, egg_info_folder, egg_info_file };

/// One installed package, as its metadata folder tells.
struct Distribution {
    std::string name;            ///< as METADATA spells it; from the folder's name where METADATA is lost
    std::string normalized;      ///< PEP 503
    std::string version;         ///< empty where METADATA is lost
    std::string location;        ///< the sys.path entry that holds it
    std::string metadata_path;   ///< the *.dist-info folder, or the egg-info
    MetadataForm form = MetadataForm::dist_info;
    std::string installer;       ///< "pip", "debian", "uv"; empty without INSTALLER
    bool has_metadata = true;
    bool has_record = false;
    bool editable = false;
    std::vector<std::string> requires_dist; ///< each line unfolded and stripped
    std::string requires_python;

    bool operator==(const Distribution&) const = default;
};

/// What is wrong with a file that RECORD lists.
enum class Damage : std::uint8_t { missing, size_differs, hash_differs, not_regular };

struct DamagedFile {
    std::string path;
    std::string distribution; ///< normalized name
    Damage damage = Damage::missing;
    std::string expected; ///< size in bytes, or SHA-256 in hexadecimal
    std::string actual;

    bool operator==(const DamagedFile&) const = default;
};

/// What the dynamic loader would refuse of a compiled file (ld.so(8)), found without loading it.
struct LoaderTrouble {
    enum class Kind : std::uint8_t { library_missing, version_missing, symbol_missing, other_libc };
    Kind kind = Kind::library_missing;
    std::string name;                  ///< the library as DT_NEEDED names it, the version ("GLIBC_2.34"), or the symbol
    std::string required_by;           ///< path of the file that asks: the module, or a library that it needs
    std::string library;               ///< path of the library that lacks the version; empty where none was found
    std::vector<std::string> searched; ///< folders that were looked into for a library, in order

    bool operator==(const LoaderTrouble&) const = default;
};

/// A compiled file as its ELF (or Mach-O, PE) header tells.
struct BinaryFile {
    enum class Format : std::uint8_t { elf, mach_o, pe, empty, truncated, other, unreadable };
    std::string path;
    Format format = Format::other;
    std::uint64_t size = 0;
    std::uint16_t machine = 0;    ///< e_machine
    std::uint8_t elf_class = 0;   ///< 1: 32 bit, 2: 64 bit
    std::uint64_t least_size = 0; ///< what its headers say that it must have
    std::vector<std::string> needed; ///< DT_NEEDED
    std::string suffix;           ///< what follows the module's name: ".cpython-311-x86_64-linux-gnu.so"
    bool suffix_accepted = false; ///< one of the interpreter's
    bool hash_checked = false;    ///< compared with RECORD, or known good by inode and times
    std::string stated_version;   ///< version that its data states, for a chain link that asks for it
    std::vector<LoaderTrouble> loader; ///< empty: it would load, as far as libraries and symbols go

    bool operator==(const BinaryFile&) const = default;
};

/// What an import of a module would take.
enum class ModuleKind : std::uint8_t { absent, extension, source, bytecode, package, namespace_package, builtin };

struct ModuleFile {
    std::string module;  ///< dotted name
    ModuleKind kind = ModuleKind::absent;
    std::string path;    ///< the file that is taken (a package's __init__); folders of a namespace: the first one
    std::string location; ///< sys.path entry that it comes from
    std::vector<std::string> shadowed; ///< the same module further down the path
    std::optional<BinaryFile> binary;  ///< for an extension
    std::vector<BinaryFile> unaccepted; ///< compiled files of this module that this interpreter does not look at

    bool operator==(const ModuleFile&) const = default;
};

/// What stands in for one link of the chain here.
struct LinkState {
    std::string distribution;           ///< as the chain spells it
    std::optional<Distribution> installed; ///< the one that importlib.metadata finds first
    std::vector<Distribution> others;   ///< the same name further down the path or beside it, in path order
    std::vector<Distribution> impostors; ///< other projects that share its folder
    std::vector<ModuleFile> imports;    ///< one for each of the link's imports
    std::vector<ModuleFile> extensions; ///< one for each of the link's extensions
    std::string source_version;         ///< version that its Python half states; empty: not asked or not found
    std::vector<DamagedFile> damaged;   ///< against its RECORD
    std::string debian_package;         ///< dpkg's owner of its files; empty: none or not asked
    std::vector<std::string> wheel_tags; ///< the Tag lines of its WHEEL: "cp311-cp311-manylinux_2_17_x86_64"
    std::string project_requirement;    ///< the project's own line that asks for it; empty: it does not

    bool operator==(const LinkState&) const = default;
};

/// A folder that a killed installer left: `~ffi-1.16.dist-info`.
struct Leftover {
    std::string path;
    std::string location;

    bool operator==(const Leftover&) const = default;
};

struct Unreadable {
    std::string path;
    std::string reason;

    bool operator==(const Unreadable&) const = default;
};

/// What is wrong with the way an environment finds its interpreter.
struct InterpreterTrouble {
    enum class Kind : std::uint8_t { none, dangling, missing, not_executable, version_differs, home_missing };
    Kind kind = Kind::none;
    std::string path;     ///< the link, file or pyvenv.cfg that is wrong
    std::string expected;
    std::string actual;

    bool operator==(const InterpreterTrouble&) const = default;
};

/// A module of the project's own that has the name of one of the chain, where a script's folder comes first on the path.
struct LocalModule {
    std::string module;
    ModuleKind kind = ModuleKind::absent;
    std::string path;   ///< the file, or the folder of a namespace package
    std::string folder; ///< where a program has to lie, or to be started, for it to come first
    std::string imported_by; ///< a program in that folder that imports it; empty: none was seen

    bool operator==(const LocalModule&) const = default;
};

/// What a folder of a search path has that the environment's programs would take from it.
struct PathOffer {
    std::string entry;
    std::string name; ///< the module, or the library: "cffi", "libssl.so.3"
    std::string path; ///< the file

    bool operator==(const PathOffer&) const = default;
};

/// A search path that something outside of the environment sets for the programs that run in it.
struct PathSetting {
    std::string variable;             ///< "PYTHONPATH", "LD_LIBRARY_PATH", "PYTHONHOME"
    std::vector<std::string> entries; ///< absolute, in order
    std::string declared_by;          ///< the file that sets it, or "the session"
    std::size_t line = 0;             ///< the first is 1; 0: not in a file
    std::vector<PathOffer> offers;    ///< of the entries outside of the environment, in order
    std::vector<std::string> breaks;  ///< what would be wrong with the environment under it, a sentence each

    bool operator==(const PathSetting&) const = default;
};

/// A program of the environment or its project that another Python than the environment's is to run.
struct ForeignStart {
    enum class Kind : std::uint8_t { command, script, unit };
    Kind kind = Kind::command;
    std::string path;        ///< the file that names the interpreter
    std::size_t line = 0;    ///< in it; the first is 1
    std::string interpreter; ///< as it stands there
    bool exists = false;     ///< whether there is such a file
    std::vector<std::string> lacks; ///< distributions of the chain that are here, and that interpreter does not find

    bool operator==(const ForeignStart&) const = default;
};

/// What keeps the environment's user from using a path that he needs.
struct Barrier {
    enum class Kind : std::uint8_t { noexec_mount, not_readable, not_writable };
    Kind kind = Kind::noexec_mount;
    std::string path;
    std::string mount; ///< mount point, for noexec
    std::uint32_t owner = 0;
    std::uint32_t mode = 0;

    bool operator==(const Barrier&) const = default;
};

/// A line of a .pth file that Python executes, or a sitecustomize module: what it does to sys.path is not known.
struct ExecutedLine {
    std::string file;
    std::size_t line = 0; ///< the first line is 1; 0: the file as a whole
    std::string text;     ///< the line; the module's name where it is a whole file

    bool operator==(const ExecutedLine&) const = default;
};

/// Everything the checks may know of an environment for one chain, as read at one moment.
/// What could not be read is part of the value: a check must see it, not guess.
struct Snapshot {
    Environment environment;
    Interpreter interpreter;
    InterpreterTrouble trouble;
    std::vector<PathEntry> sys_path;
    std::vector<Distribution> distributions; ///< by sys.path order, then normalized name
    std::string chain;                        ///< name of the chain that `links` follows
    std::vector<LinkState> links;             ///< one for each link, in the chain's order
    std::vector<Leftover> leftovers;          ///< sorted by path
    std::vector<std::string> incomplete;      ///< dist-info folders without METADATA, RECORD or INSTALLER that an installer left
    std::vector<Unreadable> unreadable;
    std::vector<LocalModule> local_modules;
    std::vector<PathSetting> path_settings;
    std::vector<ForeignStart> starts;
    std::vector<Barrier> barriers;
    std::vector<ExecutedLine> executed;
    std::vector<std::string> requirements; ///< of a project that has no environment: what it says that it needs

    bool operator==(const Snapshot&) const = default;
};

/// SHA-256 over all of a snapshot, in hexadecimal: equal snapshots, equal fingerprints.
std::string fingerprint(const Snapshot& snapshot);

} // namespace envfix::model
