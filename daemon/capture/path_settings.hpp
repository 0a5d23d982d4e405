#pragma once

#include "capture/looked.hpp"
#include "formats/unit_file.hpp"
#include "model/chain.hpp"
#include "model/snapshot.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace envfix::capture {

/// A search path as somebody's file sets it, before it is known for which environments it counts.
struct RawSetting {
    std::string variable;
    std::string value;
    std::string file;
    std::size_t line = 0;
};

/// A unit that may start a program of a project.
struct RawUnit {
    std::string path;
    formats::UnitFile unit;
};

/// What holds for all environments of a user.
struct UserSettings {
    std::vector<RawSetting> settings; ///< in the order in which a login reads them
    std::vector<RawUnit> units;       ///< of the user, and the administrator's own
};

/// Reads /etc/environment, environment.d(5), the lines of the shells' profiles that set a search
/// path whatever happens, and the units below ~/.config/systemd/user and /etc/systemd/system. An
/// empty home: only the machine's.
UserSettings read_user_settings(Looked& looked, const std::string& home);

/// What an environment's search paths are judged by.
struct SettingsQuestion {
    const model::Environment& environment;
    const model::Interpreter& interpreter;
    const model::Chain& chain;
    const std::string& home;
    const std::vector<model::PathSetting>& session; ///< of the process itself
};

/// The settings of PYTHONPATH, PYTHONHOME and LD_LIBRARY_PATH that bring something in which the
/// environment's programs would take: modules of the chain or another standard library, other
/// libraries, another prefix. From the project's .env and .envrc, the units that start a program of
/// it, the user's files and the session.
std::vector<model::PathSetting> find_path_settings(Looked& looked, const UserSettings& user,
                                                   const SettingsQuestion& question);

/// Whether a unit starts a program that lies in the project or the environment, or works there.
bool is_of_project(const RawUnit& unit, const model::Environment& environment);

} // namespace envfix::capture
