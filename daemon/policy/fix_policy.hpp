#pragma once

#include "model/policy.hpp"
#include "policy/problems.hpp"

#include <string_view>

namespace envfix::policy {

/// In `restore` and `pip`: the distributions of the findings that the policy covers, whatever they
/// are there. choose() puts their names in its place. A project of that name cannot be meant.
constexpr std::string_view k_affected = "affected";

/// What a policy file cannot say about itself.
struct Place {
    std::string_view home; ///< what ~ stands for; empty: ~ stays, and matches nothing
    bool may_enforce =
        true; ///< `enforced: true` counts only in /etc/envfix; elsewhere it is a problem
    bool in_project = false;
};

/// Reads a fix policy (DESIGN.md 10; the grammar is policies/schema/fix-policy.schema.json).
/// `file` is named in problems and kept in the value. The packages of a step `system-packages`
/// come as distributions with their manager before them: "apt:libffi8".
Parsed<model::FixPolicy> parse_fix_policy(std::string_view text, std::string_view file,
                                          const Place& place = {});

} // namespace envfix::policy
