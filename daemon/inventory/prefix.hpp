#pragma once

#include "fs/tree.hpp"
#include "inventory/inventory.hpp"
#include "model/environment.hpp"

#include <optional>
#include <string>
#include <vector>

/// What a folder says of itself when it may be a prefix. Inside of this module only.
namespace envfix::inventory {

/// A Python that is no venv's, by the name under which it is known everywhere.
struct Base {
    std::string executable; ///< "/usr/bin/python3.11": links of its folder and to its versioned
                            ///< name followed
    std::string prefix;     ///< "/usr"
    std::string
        version; ///< "python3.11", "python3.13t": its folder below lib; empty where not told
    model::EnvironmentKind kind = model::EnvironmentKind::system;

    bool operator==(const Base&) const = default;
};

/// The name under which a base interpreter is known: its real path, as long as that is a Python's.
Base base_of(const fs::Tree& tree, const Places& places, const std::string& executable);

/// The interpreters `bin/python3.X` of a prefix, each once.
std::vector<Base> bases_in(const fs::Tree& tree, const Places& places, const std::string& bin);

model::Environment environment_of(const Base& base);

/// `bin/python`, or else `bin/python3` or the first `bin/python3.X`, dangling ones too; empty:
/// none.
std::string executable_of(const fs::Tree& tree, const std::string& prefix);

/// Whether there is a pyvenv.cfg in the folder. Beside a Python it may be whatever it is: also one
/// that cannot be read makes a venv, whose packages are nobody else's.
bool is_marked_as_venv(const fs::Tree& tree, const std::string& folder);

/// A venv at `prefix`: pipx's where it lies in pipx's folder. Without `executable`, the one that
/// `python` starts there, even where only its other names are left.
model::Environment venv_at(const fs::Tree& tree, const Places& places, const std::string& prefix,
                           std::string executable = {});

/// A conda prefix with a Python, or one that conda has noted as installed there. Others hold no
/// Python environment: conda installs R and compilers, too.
std::optional<model::Environment> conda_at(const fs::Tree& tree, const std::string& prefix);

/// Whether the folder is a venv or conda prefix, and which.
std::optional<model::Environment> environment_at(const fs::Tree& tree, const Places& places,
                                                 const std::string& folder);

/// The folders in which pipx, pyenv and uv keep what they install, below the home.
std::vector<std::string> pipx_folders(const Places& places);
std::string pyenv_versions(const Places& places);
std::string uv_pythons(const Places& places);

/// The user site's folder for a version, "python3.13"; empty without a home.
std::string user_site(const Places& places, const std::string& version);

/// Every base interpreter in the known places, sorted by executable.
std::vector<Base> known_bases(const fs::Tree& tree, const Places& places,
                              const FolderHook& hook = {});

/// The conda prefixes of this user and machine: those that conda has noted, and its usual folders.
std::vector<std::string> conda_prefixes(const fs::Tree& tree, const Places& places);

} // namespace envfix::inventory
