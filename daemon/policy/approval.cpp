#include "policy/approval.hpp"

#include "policy/names.hpp"
#include "policy/reader.hpp"

#include <algorithm>
#include <chrono>

namespace envfix::policy {

namespace {

constexpr std::size_t k_most_approvals = 1000;

/// Digits at a place, or -1.
int digits(std::string_view text, std::size_t at, std::size_t count)
{
    int value = 0;
    for (const char c : text.substr(at, count)) {
        if (c < '0' || c > '9') return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

bool is_sha256(std::string_view text)
{
    return text.size() == 64 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

model::Approval read_approval(Reader& reader, const Node& node)
{
    MapReader map(reader, node, "an approval", {"policy", "sha256", "by", "when"});
    model::Approval approval;
    if (const auto* policy = map.find("policy")) {
        approval.policy = reader.text(*policy, "policy").value_or("");
        if (!approval.policy.empty() && !is_plain_name(approval.policy)) {
            reader.problem(policy->at, "'policy' must be the name of a policy");
        }
    }
    if (const auto* digest = map.require("sha256")) {
        approval.sha256 = reader.text(*digest, "sha256").value_or("");
        if (!approval.sha256.empty() && !is_sha256(approval.sha256)) {
            reader.problem(digest->at, "'sha256' must be 64 digits of 0 to 9 and a to f");
        }
    }
    if (const auto* by = map.require("by")) approval.by = reader.text(*by, "by").value_or("");
    if (const auto* when = map.require("when")) {
        const auto text = reader.text(*when, "when");
        const auto moment = text ? parse_moment(*text) : std::nullopt;
        if (text && !moment) {
            reader.problem(when->at, "'when' must be a moment such as 2026-11-22T09:00:00Z");
        }
        approval.at_s = moment.value_or(0);
    }
    return approval;
}

} // namespace

const model::Approval* approval_of(const model::FixPolicy& policy,
                                   std::span<const model::Approval> approvals)
{
    const model::Approval* latest = nullptr;
    if (!is_sha256(policy.sha256)) return latest; // never equal to an approval without a digest
    for (const auto& approval : approvals) {
        if (approval.sha256 != policy.sha256) continue;
        if (latest == nullptr || approval.at_s >= latest->at_s) latest = &approval;
    }
    return latest;
}

std::optional<std::int64_t> parse_moment(std::string_view text)
{
    using namespace std::chrono;
    const bool with_time = text.size() == 20 && text[10] == 'T' && text[13] == ':' &&
                           text[16] == ':' && text[19] == 'Z';
    if ((!with_time && text.size() != 10) || text[4] != '-' || text[7] != '-') return std::nullopt;
    const int year_number = digits(text, 0, 4);
    const int month_number = digits(text, 5, 2);
    const int day_number = digits(text, 8, 2);
    if (year_number < 1970 || month_number < 1 || day_number < 1) return std::nullopt;
    const year_month_day date{year(year_number), month(static_cast<unsigned>(month_number)),
                              day(static_cast<unsigned>(day_number))};
    if (!date.ok()) return std::nullopt;
    const auto midnight = duration_cast<seconds>(sys_days(date).time_since_epoch()).count();
    if (!with_time) return midnight;
    const int hours = digits(text, 11, 2);
    const int minutes = digits(text, 14, 2);
    const int second = digits(text, 17, 2);
    const bool ok =
        hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60 && second >= 0 && second < 60;
    if (!ok) return std::nullopt;
    return midnight + hours * 3600 + minutes * 60 + second;
}

Parsed<std::vector<model::Approval>> parse_approvals(std::string_view text, std::string_view file)
{
    const auto root = read_yaml(text, file);
    if (!root) return tl::unexpected(root.error());

    Reader reader(file);
    MapReader map(reader, *root, "a file of approvals", {"envfix", "approvals"});
    std::vector<model::Approval> approvals;
    check_format(reader, map);
    if (const auto* list = map.require("approvals")) {
        const auto nodes = reader.list(*list, "approvals");
        if (nodes.size() > k_most_approvals) {
            reader.problem(list->at, "more than 1000 approvals in one file");
        } else {
            for (const auto* node : nodes)
                approvals.push_back(read_approval(reader, *node));
        }
    }
    if (!reader.clean()) return tl::unexpected(reader.take_problems());
    return approvals;
}

} // namespace envfix::policy
