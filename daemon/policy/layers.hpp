#pragma once

#include "model/policy.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Which files count when several places hold some (DESIGN.md 10): as systemd does it. What the
/// places hold is read by the caller; here it is only decided.
namespace envfix::policy {

/// Whose a place is. What root put into `admin` may be protected against `user` and `project`.
enum class Rank : std::uint8_t { vendor, admin, user, project };

struct File {
    std::string name; ///< below the place: "cffi.yaml", "team/cffi.yaml"
    std::string path; ///< as shown to people; "built in" for what ships inside the program
    std::string content;
    bool off = false; ///< a link to /dev/null: switches the name off
};

/// One directory, or what is built in.
struct Directory {
    Rank rank = Rank::vendor;
    std::vector<File> files; ///< in any order
};

/// A file that does not count, and the one because of which.
struct Masked {
    std::string path;
    std::string by;

    bool operator==(const Masked&) const = default;
};

/// Of each name the file of the last directory that has it, sorted by name; nothing if that one is
/// `off`. Directories come lowest first. For envfixd.yaml and envfixd.yaml.d.
std::vector<File> in_force(std::span<const Directory> directories);

struct PolicySet {
    std::vector<model::FixPolicy> policies; ///< lower rank first, then by name of the file
    std::vector<model::PolicyProblem> problems;
    std::vector<Masked> masked;
};

/// The policies that count. A file masks the one of its name in a lower directory, even if it is
/// broken: falling back to what somebody meant to replace would be worse. `enforced: true` in an
/// admin's directory cannot be masked from above, nor its policy's name taken. Project files mask
/// nothing and give way to a policy of the same name elsewhere. Of two policies of one name the
/// later counts, and the other is a problem.
PolicySet load_policies(std::span<const Directory> directories, std::string_view home);

} // namespace envfix::policy
