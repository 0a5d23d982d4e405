#pragma once

#include "formats/dist_names.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Which installed distributions importlib.metadata sees, and where it reads about them.
namespace envfix::formats {

/// One entry of sys.path with the names in it, in the order in which the directory gives them:
/// importlib.metadata does not sort, so of two metadata directories of one name the first one wins.
struct SiteListing {
    std::string path; ///< only its last component matters: an `.egg` holds its own metadata
    std::vector<std::string> names;

    bool operator==(const SiteListing&) const = default;
};

/// A metadata directory, or an .egg-info file.
struct DistPlace {
    std::size_t entry = 0; ///< index into the listings
    std::string name;      ///< name in that directory: "foo-1.0.dist-info", "EGG-INFO"

    bool operator==(const DistPlace&) const = default;
};

/// All distributions on the path, in the order of the path and of each directory. Leftovers whose
/// names begin with `~` are among them, as importlib.metadata lists them (see DistName::leftover).
std::vector<DistPlace> all_distributions(std::span<const SiteListing> path);

/// Those that are found under `name`, the winner first. METADATA's Name plays no part.
std::vector<DistPlace> find_distributions(std::span<const SiteListing> path, std::string_view name,
                                          NameRule rule);

/// Reads a file of one distribution: "METADATA"; "" is the place itself (an .egg-info file).
/// Nothing where there is no such file.
using ReadDistFile = std::function<std::optional<std::string>(std::string_view file)>;

/// The text that holds the core metadata: METADATA, else PKG-INFO, else the place itself, an empty
/// one counting as missing. Nothing: name and version are unknown, yet it shadows later ones.
std::optional<std::string> read_core_metadata(const ReadDistFile& read);

/// The requirements: Requires-Dist of the core metadata, and only if it has none those of
/// requires.txt. Nothing if neither is there.
std::optional<std::vector<std::string>> read_requirements(std::string_view core_metadata,
                                                          const ReadDistFile& read);

} // namespace envfix::formats
