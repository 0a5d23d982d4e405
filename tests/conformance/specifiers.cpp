#include "kinds.hpp"
#include "pep/specifier_set.hpp"

#include <algorithm>

namespace envfix::conformance {

namespace {

using nlohmann::json;

std::optional<bool> flag(const json& row, const char* key)
{
    if (!row.contains(key) || row[key].is_null()) return std::nullopt;
    return row[key].get<bool>();
}

json described(const Result<pep::SpecifierSet>& set)
{
    if (!set) return {{"ok", false}};
    json specs = json::array();
    for (const auto& clause : set->clauses()) {
        specs.push_back({std::string(to_string(clause.op())), clause.version()});
    }
    std::sort(specs.begin(), specs.end()); // the rows sort by operator, not by text
    const auto prereleases = set->prereleases();
    return {{"ok", true},
            {"str", set->to_string()},
            {"specs", specs},
            {"prereleases", prereleases ? json(*prereleases) : json(nullptr)}};
}

void run_parse(const json& row, Report& report)
{
    const auto set = pep::SpecifierSet::parse(row.at("spec").get_ref<const std::string&>());
    json expected = {{"ok", row.at("ok")}};
    if (row["ok"].get<bool>()) {
        for (const char* key : {"str", "specs", "prereleases"})
            expected[key] = row.at(key);
    }
    report.equal(row["spec"], expected, described(set));
}

void run_contains(const json& row, Report& report)
{
    const auto set = pep::SpecifierSet::parse(row.at("spec").get_ref<const std::string&>());
    const json input = {
        {"spec", row["spec"]},
        {"version", row.at("version")},
        {"prereleases", row.at("prereleases")},
        {"installed", row.contains("installed") ? row["installed"] : json(nullptr)}};
    const json expected = row.contains("error") ? json("invalid") : row.at("expected");
    if (!set) {
        report.equal(input, expected, "invalid");
        return;
    }
    const auto& version = row["version"].get_ref<const std::string&>();
    report.equal(input, expected,
                 set->contains(version, flag(row, "prereleases"), flag(row, "installed")));
}

void run_filter(const json& row, Report& report)
{
    const auto set = pep::SpecifierSet::parse(row.at("spec").get_ref<const std::string&>());
    const json input = {{"spec", row["spec"]},
                        {"versions", row.at("versions")},
                        {"prereleases", row.at("prereleases")}};
    const json expected = row.contains("error") ? json("invalid") : row.at("expected");
    if (!set) {
        report.equal(input, expected, "invalid");
        return;
    }
    const auto versions = row["versions"].get<std::vector<std::string>>();
    report.equal(input, expected, set->filter(versions, flag(row, "prereleases")));
}

} // namespace

void run_specifiers(const Rows& rows, Report& report)
{
    for_each_row(rows, report, [&report](const json& row) {
        const auto& kind = row.at("kind").get_ref<const std::string&>();
        if (kind == "parse") {
            run_parse(row, report);
        } else if (kind == "contains") {
            run_contains(row, report);
        } else if (kind == "filter") {
            run_filter(row, report);
        } else {
            report.fail(row, "a kind of row that this runner knows", kind);
        }
    });
}

} // namespace envfix::conformance
