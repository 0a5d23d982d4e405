#include "distribution.hpp"
#include "formats/installed.hpp"
#include "kinds.hpp"

#include <algorithm>
#include <cstdio>

namespace envfix::conformance {

namespace {

using nlohmann::json;

/// "cpython-3.8.18-x86_64-gnu" and "debian-sid-python3.14-x86_64-gnu" to 3.8 and 3.14.
PythonVersion version_of(const std::string& interpreter)
{
    PythonVersion version;
    const auto at = interpreter.find_first_of("0123456789", interpreter.find("python"));
    if (at == std::string::npos) return version; // the row then fails
    std::sscanf(interpreter.c_str() + at, "%d.%d", &version.major, &version.minor);
    return version;
}

/// The answers of one interpreter to the questions of one row.
class Answers {
public:
    Answers(const json& row, const Tree& tree, PythonVersion version)
        : m_row(&row), m_tree(&tree), m_version(version)
    {
        for (const std::string entry : row.value("path", json::array({"sp"})))
            m_path.push_back({entry, tree.names_in(entry)});
    }

    json all_of_them() const
    {
        json out = json::object();
        if (m_row->contains("lookup")) out["lookup"] = lookup();
        if (m_row->contains("all")) out["all"] = all();
        if (m_row->contains("detail")) add_detail(out);
        return out;
    }

private:
    Distribution distribution(const formats::DistPlace& place) const
    {
        return {*m_tree, m_path[place.entry].path + '/' + place.name, m_version};
    }

    std::vector<formats::DistPlace> find(const std::string& name) const
    {
        return formats::find_distributions(m_path, name,
                                           formats::name_rule_of(m_version.major, m_version.minor));
    }

    json lookup() const
    {
        json out = json::object();
        for (const std::string name : m_row->at("lookup")) {
            out[name] = json::array();
            for (const auto& place : find(name))
                out[name].push_back(distribution(place).path());
        }
        return out;
    }

    json all() const
    {
        json out = json::array();
        for (const auto& place : formats::all_distributions(m_path)) {
            const auto dist = distribution(place);
            out.push_back({dist.path(), dist.field("Name"), dist.field("Version")});
        }
        return out;
    }

    void add_detail(json& out) const
    {
        const auto found = find(m_row->at("detail"));
        out["detail"] = nullptr;
        if (found.empty()) return;
        const auto dist = distribution(found.front());
        out["detail"] = {{"path", dist.path()},
                         {"name", dist.field("Name")},
                         {"version", dist.field("Version")},
                         {"requires", dist.requirements()},
                         {"files", dist.files()},
                         {"entry_points", dist.entry_points()},
                         {"top_level", dist.text("top_level.txt")},
                         {"installer", dist.text("INSTALLER")},
                         {"direct_url", dist.text("direct_url.json")}};
        if (!m_row->contains("headers")) return;
        out["headers"] = dist.headers();
        out["payload"] = dist.payload();
    }

    const json* m_row;
    const Tree* m_tree;
    PythonVersion m_version;
    std::vector<formats::SiteListing> m_path;
};

/// Directory order is no part of the answer: `all` is sorted in the vectors, and with `unordered`
/// the paths found under a name are to be compared as a set.
json in_order(json result, bool unordered)
{
    if (result.contains("all")) std::sort(result["all"].begin(), result["all"].end());
    if (unordered && result.contains("lookup"))
        for (auto& paths : result["lookup"])
            std::sort(paths.begin(), paths.end());
    return result;
}

void run_row(const json& row, Report& report)
{
    const Tree tree(row.at("files"));
    const bool unordered = row.value("unordered", false);
    json expected = json::object();
    json got = json::object();
    for (const auto& outcome : row.at("results")) {
        for (const std::string interpreter : outcome.at("interps")) {
            const Answers answers(row, tree, version_of(interpreter));
            expected[interpreter] = in_order(outcome.at("result"), unordered);
            got[interpreter] = in_order(answers.all_of_them(), unordered);
        }
    }
    report.equal(row.at("name"), expected, got);
}

} // namespace

void run_metadata(const Rows& rows, Report& report)
{
    for_each_row(rows, report, [&](const json& row) { run_row(row, report); });
}

} // namespace envfix::conformance
