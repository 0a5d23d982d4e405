#pragma once

#include "model/policy.hpp"
#include "policy/problems.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace envfix::policy {

/// The approval of exactly this content, or nullptr: it binds to the SHA-256 and to nothing else,
/// so it lapses when a byte changes (THREATS.md B4). Of several the latest.
const model::Approval* approval_of(const model::FixPolicy& policy,
                                   std::span<const model::Approval> approvals);

/// Reads a file of approvals.d: approvals that root gives for every user of the machine.
///
///     envfix: 1
///     approvals:
///       - {policy: reinstall-cffi, sha256: 64 digits, by: ops@example.org, when:
///       2026-11-22T09:00:00Z}
///
/// `policy` is for the reader only. That the file is root's is for the caller to check.
Parsed<std::vector<model::Approval>> parse_approvals(std::string_view text, std::string_view file);

/// Seconds since the epoch of "2026-11-22T09:00:00Z" or "2026-11-22" (RFC 3339, UTC only).
std::optional<std::int64_t> parse_moment(std::string_view text);

} // namespace envfix::policy
