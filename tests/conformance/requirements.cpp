#include "kinds.hpp"
#include "pep/name.hpp"
#include "pep/requirement.hpp"
#include "pep/wheel_name.hpp"

#include <algorithm>

namespace envfix::conformance {

namespace {

using nlohmann::json;

json described(const std::string& input)
{
    const auto requirement = pep::Requirement::parse(input);
    if (!requirement) return {{"ok", false}};
    json specs = json::array();
    for (const auto& clause : requirement->specifier().clauses()) {
        specs.push_back({std::string(to_string(clause.op())), clause.version()});
    }
    std::sort(specs.begin(), specs.end()); // the rows sort by operator, not by text
    const auto& url = requirement->url();
    const auto& marker = requirement->marker();
    return {{"ok", true},
            {"name", requirement->name()},
            {"normalized", pep::normalize_name(requirement->name())},
            {"extras", requirement->extras()},
            {"extras_normalized", requirement->normalized_extras()},
            {"specifier", requirement->specifier().to_string()},
            {"specs", specs},
            {"url", url ? json(*url) : json(nullptr)},
            {"marker", marker ? json(marker->to_string()) : json(nullptr)},
            {"str", requirement->to_string()}};
}

/// The row's own values under the keys of `got`.
json expected_of(const json& row, const json& got)
{
    json out;
    for (const auto& [key, value] : got.items())
        out[key] = row.contains(key) ? row[key] : json();
    out["ok"] = row.at("ok");
    return out;
}

void run_requirement(const json& row, Report& report)
{
    const auto got = described(row.at("input").get<std::string>());
    report.equal(row["input"], expected_of(row, got), got);
}

void run_name(const json& row, Report& report)
{
    const auto& input = row.at("input").get_ref<const std::string&>();
    const json got = {{"normalized", pep::normalize_name(input)},
                      {"is_normalized", pep::is_normalized_name(input)},
                      {"valid", pep::is_valid_name(input)}};
    json expected;
    for (const auto& [key, value] : got.items())
        expected[key] = row.at(key);
    report.equal(input, expected, got);
}

void run_sdist(const json& row, Report& report)
{
    const auto sdist = pep::SdistName::parse(row.at("filename").get_ref<const std::string&>());
    const json got =
        sdist ? json{{"ok", true}, {"name", sdist->name}, {"version", sdist->version.to_string()}}
              : json{{"ok", false}};
    report.equal(row["filename"], expected_of(row, got), got);
}

} // namespace

void run_requirements(const Rows& rows, Report& report)
{
    for_each_row(rows, report, [&report](const json& row) {
        const auto& kind = row.at("kind").get_ref<const std::string&>();
        if (kind == "requirement") {
            run_requirement(row, report);
        } else if (kind == "name") {
            run_name(row, report);
        } else if (kind == "sdist") {
            run_sdist(row, report);
        } else {
            report.fail(row, "a kind of row that this runner knows", kind);
        }
    });
}

} // namespace envfix::conformance
