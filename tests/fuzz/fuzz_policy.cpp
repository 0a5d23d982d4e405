#include "policy/approval.hpp"
#include "policy/fix_policy.hpp"
#include "policy/glob.hpp"
#include "policy/match.hpp"
#include "policy/window.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace envfix;

/// A policy is refused with a reason, or all of it can be used.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)policy::parse_approvals(text, "f");
    const auto read = policy::parse_fix_policy(text, "f", {.home = "/home/me"});
    if (!read) {
        if (read.error().empty() || read.error().front().reason.empty()) std::abort();
        return 0;
    }
    if (read->name.empty() || read->findings.empty() || read->ladder.empty()) std::abort();
    for (const auto& rung : read->ladder) {
        if (rung.empty()) std::abort();
    }
    if (!read->window.empty() && !policy::parse_window(read->window)) std::abort();
    for (const auto& path : read->paths) {
        if (!policy::is_glob(path)) std::abort();
    }
    model::Finding finding;
    finding.code = read->findings.front();
    finding.distribution = "cffi";
    const policy::Facts facts{.kind = read->kinds.empty() ? model::EnvironmentKind::venv
                                                          : read->kinds.front(),
                              .python = "3.11.2",
                              .path = "/home/me/src/app/.venv",
                              .project = "/home/me/src/app"};
    for (const auto& draft : policy::choose({finding}, facts, {&*read, 1}, {})) {
        if (draft.ladder.empty()) std::abort();
    }
    return 0;
}
