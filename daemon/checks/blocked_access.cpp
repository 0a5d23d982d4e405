#include "checks/blocked_access.hpp"

#include "checks/facts.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace envfix::checks {

namespace {

using Kind = model::Barrier::Kind;

std::string octal(std::uint32_t mode)
{
    std::array<char, 5> digits{};
    for (std::size_t i = 4; i-- > 0; mode >>= 3U)
        digits[i] = static_cast<char>('0' + (mode & 07U));
    return digits.data();
}

std::string distribution_of(const model::Snapshot& snapshot, const std::string& path)
{
    for (const auto& link : snapshot.links) {
        for (const auto* modules : {&link.imports, &link.extensions}) {
            if (std::ranges::find(*modules, path, &model::ModuleFile::path) != modules->end())
                return link.distribution;
        }
    }
    return {};
}

model::Finding noexec(const model::Snapshot& snapshot, const model::Barrier& barrier)
{
    return {.code = "execution-blocked",
            .severity = model::Severity::error,
            .distribution = distribution_of(snapshot, barrier.path),
            .summary = "compiled modules cannot be loaded from " + barrier.mount +
                       ", which is mounted noexec: " + barrier.path,
            .evidence = {{.path = barrier.path,
                          .owner = {},
                          .expected = "a file system that is mounted exec",
                          .actual = barrier.mount + " is mounted noexec"}},
            .remedies = {"make the environment again in a folder that is mounted exec",
                         "or, where noexec is no rule of yours: sudo mount -o remount,exec " +
                             barrier.mount}};
}

model::Finding no_right(const model::Snapshot& snapshot, const model::Barrier& barrier)
{
    const bool unreadable = barrier.kind == Kind::not_readable;
    const auto actual =
        "mode " + octal(barrier.mode) + ", owned by uid " + std::to_string(barrier.owner);
    model::Finding finding{.code = "install-location-unusable",
                           .severity =
                               unreadable ? model::Severity::error : model::Severity::warning,
                           .distribution = distribution_of(snapshot, barrier.path)};
    finding.summary = barrier.path + " cannot be " + (unreadable ? "read" : "written") +
                      " by the environment's user: " + actual;
    finding.evidence = {{.path = barrier.path,
                         .owner = {},
                         .expected = unreadable ? "readable by the environment's user"
                                                : "writable by the environment's user",
                         .actual = actual}};
    finding.remedies = {"give it to its user: sudo chown -R \"$(id -un)\": " +
                            snapshot.environment.path,
                        "if it is his already: chmod -R u+rwX " + snapshot.environment.path};
    return finding;
}

} // namespace

model::Findings blocked_access(const model::Snapshot& snapshot, const model::Chain&)
{
    model::Findings found;
    for (const auto& barrier : snapshot.barriers) {
        found.push_back(barrier.kind == Kind::noexec_mount ? noexec(snapshot, barrier)
                                                           : no_right(snapshot, barrier));
    }
    return found;
}

} // namespace envfix::checks
