#include "kinds.hpp"
#include "pep/marker.hpp"

#include <map>

namespace envfix::conformance {

namespace {

using nlohmann::json;
using Environments = std::map<std::string, pep::MarkerEnvironment>;

std::string pep::MarkerEnvironment::*member_of(const std::string& name)
{
    using E = pep::MarkerEnvironment;
    static const std::map<std::string, std::string E::*> k_members{
        {"implementation_name", &E::implementation_name},
        {"implementation_version", &E::implementation_version},
        {"os_name", &E::os_name},
        {"platform_machine", &E::platform_machine},
        {"platform_python_implementation", &E::platform_python_implementation},
        {"platform_release", &E::platform_release},
        {"platform_system", &E::platform_system},
        {"platform_version", &E::platform_version},
        {"python_full_version", &E::python_full_version},
        {"python_version", &E::python_version},
        {"sys_platform", &E::sys_platform},
    };
    const auto at = k_members.find(name);
    return at == k_members.end() ? nullptr : at->second;
}

/// False if there is no such key.
bool set_value(pep::MarkerEnvironment& environment, const std::string& name, const json& value)
{
    if (const auto member = member_of(name)) {
        environment.*member = value.get<std::string>();
    } else if (name == "extra") {
        environment.extra = value.is_null() ? "" : value.get<std::string>();
    } else if (name == "extras") {
        environment.extras = value.get<std::set<std::string>>();
    } else if (name == "dependency_groups") {
        environment.dependency_groups = value.get<std::set<std::string>>();
    } else {
        return false;
    }
    return true;
}

void run_env(const json& row, Environments& environments, Report& report)
{
    auto& environment = environments[row.at("name").get<std::string>()];
    const auto& values = row.at("env");
    for (const auto& [name, value] : values.items()) {
        if (!set_value(environment, name, value)) {
            report.fail(row["name"], "one of the eleven variables", name);
            return;
        }
    }
    report.equal(row["name"], 11, values.size());
}

void run_parse(const json& row, Report& report)
{
    const auto marker = pep::Marker::parse(row.at("marker").get_ref<const std::string&>());
    const json expected = row.at("ok").get<bool>() ? row.at("str") : json("invalid");
    report.equal(row["marker"], expected, marker ? json(marker->to_string()) : json("invalid"));
}

const char* name_of(pep::MarkerFault fault)
{
    switch (fault) {
    case pep::MarkerFault::invalid_marker: return "InvalidMarker";
    case pep::MarkerFault::undefined_comparison: return "UndefinedComparison";
    case pep::MarkerFault::undefined_environment_name: return "UndefinedEnvironmentName";
    }
    return "";
}

json value_of(const std::string& text, const pep::MarkerEnvironment& environment)
{
    const auto marker = pep::Marker::parse(text);
    if (!marker) return name_of(pep::MarkerFault::invalid_marker);
    const auto value = marker->evaluate(environment);
    return value ? json(*value) : json(name_of(value.error().fault));
}

void run_eval(const json& row, const Environments& environments, Report& report)
{
    const json input = {{"marker", row.at("marker")},
                        {"env", row.at("env")},
                        {"over", row.value("over", json::object())},
                        {"context", row.value("context", "metadata")}};
    const json expected = row.contains("error") ? row["error"] : row.at("expected");
    const auto known = environments.find(row["env"].get<std::string>());
    if (known == environments.end()) {
        report.fail(input, expected, "no such env");
        return;
    }
    auto environment = known->second;
    if (input["context"] != "metadata") environment.extra = std::nullopt;
    if (input["context"] == "lock_file") {
        environment.extras.emplace();
        environment.dependency_groups.emplace();
    }
    for (const auto& [name, value] : input["over"].items()) {
        if (!set_value(environment, name, value)) {
            report.fail(input, expected, "no such variable: " + name);
            return;
        }
    }
    report.equal(input, expected, value_of(row["marker"].get<std::string>(), environment));
}

} // namespace

void run_markers(const Rows& rows, Report& report)
{
    Environments environments;
    for_each_row(rows, report, [&](const json& row) {
        const auto& kind = row.at("kind").get_ref<const std::string&>();
        if (kind == "env") {
            run_env(row, environments, report);
        } else if (kind == "parse") {
            run_parse(row, report);
        } else if (kind == "eval") {
            run_eval(row, environments, report);
        } else {
            report.fail(row, "a kind of row that this runner knows", kind);
        }
    });
}

} // namespace envfix::conformance
