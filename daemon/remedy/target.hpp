#pragma once

#include "base/result.hpp"
#include "model/snapshot.hpp"

#include <cstdint>
#include <string>

namespace envfix::remedy {

/// How a copy of an environment is entered so that the real interpreter takes it for the original.
enum class Entry : std::uint8_t {
    venv,      ///< by an executable beside a pyvenv.cfg
    user_base, ///< by PYTHONUSERBASE
    home       ///< by PYTHONHOME: a whole installation, such as pyenv's or conda's
};

/// Where a fix of an environment writes, and with what.
struct Target {
    std::string root;   ///< absolute: prefix of the installation or venv, or the user base
    std::string site;   ///< relative to root: "lib/python3.11/site-packages"
    std::string python; ///< the executable that enters the environment, absolute
    Entry entry = Entry::venv;

    [[nodiscard]] std::string site_path() const { return root + "/" + site; }

    bool operator==(const Target&) const = default;
};

/// ErrorCode::not_supported says why an environment's packages are not ours to change: those of a
/// system interpreter, of an externally managed one unless that is allowed, a site folder outside
/// of its prefix.
Result<Target> target_of(const model::Snapshot& snapshot, bool allow_externally_managed);

} // namespace envfix::remedy
