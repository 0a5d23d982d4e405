#pragma once

#include "bus/port.hpp"
#include "service/world.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What is told of the policies in force, and what a person says to them.
namespace envfix::service {

/// All of them by name, and the files that were left out.
model::PolicyList policy_list(const World& world);

/// Errors: not_found.
Result<model::PolicyReport> policy_named(const World& world, std::string_view name);

/// What is wrong with this text of a policy; `file` is for the messages.
std::vector<model::PolicyProblem> problems_of_policy(const World& world, std::string_view file, std::string_view content);

/// What each policy does or does not do in a known environment, and why.
std::vector<model::PolicyVerdict> verdicts_on_environment(const World& world, const std::string& id);

/// What this policy would do to each known environment.
std::vector<model::PolicyVerdict> verdicts_of_policy(const World& world, const model::FixPolicy& policy);

/// Approves the content with this SHA-256. Errors: not_found, plan_changed (the content is another by now).
Result<void> approve_policy(World& world, const std::string& name, const std::string& sha256, const bus::Caller& caller);

/// Errors: not_found.
Result<void> revoke_policy(World& world, const std::string& name);

} // namespace envfix::service
