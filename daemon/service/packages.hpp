#pragma once

#include "apply/record.hpp"
#include "base/result.hpp"
#include "fs/tree.hpp"
#include "model/packages.hpp"
#include "model/plan.hpp"
#include "service/catalogue.hpp"

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

/// Packages of the system that somebody else than the machine's daemon itself wants installed: of what he says nothing counts but
/// names and versions, and these are held against root's list and against what dpkg has (THREATS.md X3, X5).
namespace envfix::service {

/// Where the two lie; the shipped places but for tests.
struct PackageFiles {
    std::string allowed = std::string(apply::k_allowed);
    std::string dpkg_status = "/var/lib/dpkg/status";
};

/// In which version each would be installed, by name: the one that dpkg has, which is to come back as it was. Errors: malformed (no
/// name of a package, or one twice), denied (names the first that root's list does not have), not_found (it is not installed), io.
Result<std::vector<model::PackageVersion>> versions_of(const fs::Tree& tree, std::vector<std::string> names, const PackageFiles& files = {});

/// The same, if these are the versions. Errors as above; plan_changed: dpkg has another one.
Result<std::vector<model::PackageVersion>> as_installed(const fs::Tree& tree, const std::vector<model::PackageVersion>& packages,
                                                        const PackageFiles& files = {});

/// What is approved by asking for it: of no environment, and by no policy.
model::Plan plan_of_packages(const std::vector<model::PackageVersion>& packages, std::int64_t now_s);

/// Whether a run is of such a plan.
bool is_of_no_environment(const model::Plan& plan);

/// Why nothing of the system is to be changed now: a person asked to keep off its Python. Empty: go on.
std::string held_for_system(const Catalogue& catalogue, std::int64_t now_s);

/// How often one user may have packages installed. Time is passed in.
class PackageAllowance {
public:
    static constexpr std::size_t k_a_day = 24;

    /// Takes one of those that the user has within a day; false: he has none left.
    [[nodiscard]] bool take(uid_t uid, std::int64_t now_s);

private:
    std::map<uid_t, std::deque<std::int64_t>> m_taken; ///< who was let through by polkit: few
};

} // namespace envfix::service
