#include "bus/access.hpp"

#include <algorithm>
#include <array>

namespace envfix::bus {

namespace {

constexpr std::string_view k_manager = "org.envfix1.Manager";
constexpr std::string_view k_environment = "org.envfix1.Environment";
constexpr std::string_view k_plan = "org.envfix1.Plan";
constexpr std::string_view k_run = "org.envfix1.Run";
constexpr std::string_view k_policy = "org.envfix1.Policy";

constexpr std::array k_rights{
    MethodRight{k_manager, "Status", Right::see},
    MethodRight{k_manager, "List", Right::see},
    MethodRight{k_manager, "Show", Right::see},
    MethodRight{k_manager, "Check", Right::check},
    MethodRight{k_manager, "CheckPaths", Right::check},
    MethodRight{k_manager, "Diagnose", Right::check},
    MethodRight{k_manager, "DiagnoseCommand", Right::check},
    MethodRight{k_manager, "Explain", Right::see},
    MethodRight{k_manager, "Plan", Right::plan},
    MethodRight{k_manager, "Plans", Right::see},
    MethodRight{k_manager, "GetPlan", Right::see},
    MethodRight{k_manager, "Fix", Right::system_packages},
    MethodRight{k_manager, "Approve", Right::system_packages},
    MethodRight{k_manager, "Reject", Right::approve},
    MethodRight{k_manager, "History", Right::see},
    MethodRight{k_manager, "GetRun", Right::see},
    MethodRight{k_manager, "Undo", Right::fix},
    MethodRight{k_manager, "Policies", Right::see},
    MethodRight{k_manager, "GetPolicy", Right::see},
    MethodRight{k_manager, "CheckPolicy", Right::see},
    MethodRight{k_manager, "WhyPolicies", Right::see},
    MethodRight{k_manager, "TestPolicy", Right::see},
    MethodRight{k_manager, "ApprovePolicy", Right::policy},
    MethodRight{k_manager, "RevokePolicy", Right::policy},
    MethodRight{k_manager, "AddRoot", Right::policy},
    MethodRight{k_manager, "RemoveRoot", Right::policy},
    MethodRight{k_manager, "Hold", Right::fix},
    MethodRight{k_manager, "Release", Right::fix},
    MethodRight{k_manager, "Reload", Right::policy},
    MethodRight{k_manager, "PackageVersions", Right::check},
    MethodRight{k_manager, "InstallPackages", Right::system_packages},
    MethodRight{k_manager, "Doctor", Right::see},
    MethodRight{k_manager, "Subscribe", Right::see},
    MethodRight{k_manager, "Unsubscribe", Right::see},
    MethodRight{k_environment, "Check", Right::check},
    MethodRight{k_environment, "Plan", Right::plan},
    MethodRight{k_environment, "Fix", Right::system_packages},
    MethodRight{k_plan, "Approve", Right::system_packages},
    MethodRight{k_plan, "Reject", Right::approve},
    MethodRight{k_run, "Undo", Right::fix},
    MethodRight{k_policy, "Approve", Right::policy},
    MethodRight{k_policy, "Revoke", Right::policy},
};

} // namespace

std::string_view action_of(Right right)
{
    switch (right) {
    case Right::see: return "org.envfix1.see";
    case Right::check: return "org.envfix1.check";
    case Right::plan: return "org.envfix1.plan";
    case Right::fix: return "org.envfix1.fix";
    case Right::approve: return "org.envfix1.approve";
    case Right::policy: return "org.envfix1.policy";
    case Right::system_packages: return "org.envfix1.system-packages";
    }
    return {};
}

std::span<const MethodRight> method_rights()
{
    return k_rights;
}

std::optional<Right> right_to_call(std::string_view interface, std::string_view member)
{
    const auto found = std::ranges::find_if(k_rights, [&](const MethodRight& row) {
        return row.interface == interface && row.member == member;
    });
    return found == k_rights.end() ? std::nullopt : std::optional<Right>(found->right);
}

} // namespace envfix::bus
