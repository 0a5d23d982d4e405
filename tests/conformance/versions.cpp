#include "kinds.hpp"
#include "pep/version.hpp"

#include <algorithm>

namespace envfix::conformance {

namespace {

using nlohmann::json;

template <typename T> json or_null(const std::optional<T>& value)
{
    return value ? json(*value) : json(nullptr);
}

/// What a `parse` row says of a version, under the row's own keys.
json describe(const std::string& input)
{
    const auto version = pep::Version::parse(input);
    if (!version) return {{"ok", false}};
    const auto pre = version->pre();
    return {{"ok", true},
            {"normalized", version->to_string()},
            {"epoch", version->epoch()},
            {"release", version->release()},
            {"pre", pre ? json::array({pre->first, pre->second}) : json(nullptr)},
            {"post", or_null(version->post())},
            {"dev", or_null(version->dev())},
            {"local", or_null(version->local())},
            {"public", version->public_version()},
            {"base_version", version->base_version()},
            {"is_prerelease", version->is_prerelease()},
            {"is_postrelease", version->is_postrelease()},
            {"is_devrelease", version->is_devrelease()},
            {"canonical", version->canonical()}};
}

/// The row's own values under the keys of `got`.
json expected_of(const json& row, const json& got)
{
    json out;
    for (const auto& [key, value] : got.items())
        out[key] = row.contains(key) ? row[key] : json();
    return out;
}

void run_parse(const json& row, Report& report)
{
    const auto& input = row.at("input").get_ref<const std::string&>();
    const auto got = describe(input);
    auto expected = expected_of(row, got);
    expected["ok"] = row.at("ok");
    // The law, tested on every row that is a version: what we print reads back as the same.
    if (expected == got && got.at("ok").get<bool>() &&
        describe(got.at("normalized").get<std::string>()) != got) {
        report.fail(input, "the same after printing and reading", got);
        return;
    }
    report.equal(input, expected, got);
}

int sign(std::strong_ordering order)
{
    return order < 0 ? -1 : order > 0 ? 1 : 0;
}

void run_cmp(const json& row, Report& report)
{
    const auto a = pep::Version::parse(row.at("a").get_ref<const std::string&>());
    const auto b = pep::Version::parse(row.at("b").get_ref<const std::string&>());
    const json input = {row["a"], row["b"]};
    if (!a || !b) {
        report.fail(input, row.at("cmp"), "not a version");
        return;
    }
    const bool antisymmetric = sign(*a <=> *b) == -sign(*b <=> *a);
    report.equal(input, row.at("cmp"), antisymmetric ? json(sign(*a <=> *b)) : json("asymmetric"));
}

void run_sort(const json& row, Report& report)
{
    struct Item {
        std::string text;
        pep::Version version;
    };

    std::vector<Item> items;
    for (const auto& text : row.at("input")) {
        auto version = pep::Version::parse(text.get_ref<const std::string&>());
        if (!version) {
            report.fail(row["input"], row.at("groups"), version.error().message);
            return;
        }
        items.push_back({text.get<std::string>(), *std::move(version)});
    }
    std::ranges::stable_sort(items, {}, &Item::version);

    json groups = json::array();
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i == 0 || items[i].version != items[i - 1].version) groups.push_back(json::array());
        groups.back().push_back(items[i].text);
    }
    json expected = row.at("groups");
    for (auto* list : {&groups, &expected}) {
        for (auto& group : *list)
            std::sort(group.begin(), group.end());
    }
    report.equal(row["input"], expected, groups);
}

} // namespace

void run_versions(const Rows& rows, Report& report)
{
    for_each_row(rows, report, [&report](const json& row) {
        const auto& kind = row.at("kind").get_ref<const std::string&>();
        if (kind == "parse") {
            run_parse(row, report);
        } else if (kind == "cmp") {
            run_cmp(row, report);
        } else if (kind == "sort") {
            run_sort(row, report);
        } else {
            report.fail(row, "a kind of row that this runner knows", kind);
        }
    });
}

} // namespace envfix::conformance
