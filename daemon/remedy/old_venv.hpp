#pragma once

#include "base/result.hpp"
#include "formats/record.hpp"
#include "fs/write_tree.hpp"

#include <optional>
#include <string>
#include <vector>

/// What a venv that is to be made again holds, read from disk alone: its Python may be gone.
namespace envfix::remedy {

/// One distribution of the old venv. All paths are relative to the venv.
struct OldDistribution {
    std::string name;       ///< as METADATA spells it
    std::string normalized; ///< PEP 503
    std::string version;
    std::string metadata; ///< its dist-info or egg-info
    bool editable = false;
    bool pure = false; ///< its WHEEL says that any Python 3 can use it
    std::optional<formats::Record> record;
    std::string record_sha256; ///< of RECORD; empty without one

    bool operator==(const OldDistribution&) const = default;
};

struct OldVenv {
    std::string path; ///< absolute
    std::string site; ///< relative: "lib/python3.11/site-packages"
    int major = 0;
    int minor = 0;
    std::string home;   ///< as pyvenv.cfg says
    std::string prompt; ///< empty: none was asked for
    bool system_site = false;
    std::vector<OldDistribution> distributions; ///< by normalized name, each once
    std::vector<std::string> path_files; ///< .pth and .egg-link files that no distribution lists
    std::vector<std::string> settings;   ///< files of a person's beside pyvenv.cfg, such as pip.conf
    std::vector<std::string>
        unowned; ///< names in the site folder that belong to no distribution and are not carried over

    bool operator==(const OldVenv&) const = default;
};

/// Reads a venv. Of several folders for packages the one of pyvenv.cfg's version counts, else the
/// one with the most distributions. ErrorCode::not_supported where there is no pyvenv.cfg or no
/// folder for packages.
Result<OldVenv> read_old_venv(const fs::WriteTree& root);

/// Why the files of a distribution cannot be taken over as they are: a file is missing or is not
/// what RECORD says, or a script belongs to a venv in another place. Empty: they can.
std::string why_not_as_it_is(const fs::WriteTree& root, const OldVenv& venv,
                             const OldDistribution& distribution);

/// The files of RECORD that are there, relative to the venv, without compiled bytecode.
std::vector<std::string> files_of(const fs::WriteTree& root, const OldVenv& venv,
                                  const OldDistribution& distribution);

} // namespace envfix::remedy
