#pragma once

#include "capture/looked.hpp"
#include "capture/path_settings.hpp"
#include "fs/tree.hpp"
#include "model/chain.hpp"
#include "model/snapshot.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace envfix::capture {

/// What lies around an environment and decides what its programs import: in its project, its bin,
/// its user's files.
struct Places {
    std::vector<model::LocalModule> local_modules;
    std::vector<model::PathSetting> path_settings;
    std::vector<model::ForeignStart> starts;
};

/// For which environment, and what is known of it.
struct PlacesQuestion {
    const model::Environment& environment;
    const model::Interpreter& interpreter;
    const model::Chain& chain;
    const std::string& home;
    const std::vector<model::PathSetting>& session;
    std::int64_t now_ns = 0;
};

/// Looks at all of them. Some hundred calls for a project of many folders.
Places look_at_places(const fs::Tree& tree, const PlacesQuestion& question);

/// Places that were looked at before, for a process that captures again and again. What was found
/// holds as long as the nearest files and folders are the same; those further away are compared
/// every ten seconds, and after ten minutes all is looked at again. The user's own files are
/// compared once for all environments that are judged within a fifth of a second.
class KnownPlaces {
public:
    const Places& look(const fs::Tree& tree, const PlacesQuestion& question);

private:
    struct Known {
        Places places;
        std::vector<std::string> paths;
        std::vector<Mark> marks;
        std::uint64_t user_files = 0; ///< which reading of the user's files it was made with
        std::int64_t looked_ns = 0;
        std::int64_t compared_ns = 0; ///< all of the marks
        bool recent = false;          ///< something changed just before: it does not hold
    };

    void read_user_files(const fs::Tree& tree, const PlacesQuestion& question);
    static bool holds(const fs::Tree& tree, Known& known, std::int64_t now_ns);

    std::map<std::string, Known> m_known;
    UserSettings m_user;
    std::vector<std::string> m_user_paths;
    std::vector<Mark> m_user_marks;
    std::int64_t m_user_compared_ns = 0;
    std::uint64_t m_user_files = 0;
};

} // namespace envfix::capture
