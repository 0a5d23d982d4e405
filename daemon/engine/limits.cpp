#include "engine/limits.hpp"

#include <algorithm>
#include <optional>

namespace envfix::engine {

namespace {

constexpr std::int64_t k_hour = 3600;
constexpr std::int64_t k_day = 24 * k_hour;

bool shares_finding(const PastFix& fix, std::span<const std::string> findings)
{
    return std::ranges::any_of(fix.findings, [&](const std::string& code) {
        return std::ranges::find(findings, code) != findings.end();
    });
}

/// This policy's fixes of these findings here, oldest first.
std::vector<const PastFix*> own(const Intent& intent, std::span<const PastFix> history)
{
    std::vector<const PastFix*> fixes;
    for (const auto& fix : history) {
        if (fix.environment == intent.environment && fix.policy == intent.policy.name &&
            shares_finding(fix, intent.findings)) {
            fixes.push_back(&fix);
        }
    }
    std::ranges::stable_sort(fixes, {}, &PastFix::at_s);
    return fixes;
}

/// When fewer than `most` of these moments lie within `span` before; nothing if that is so now.
std::optional<std::int64_t> free_again(std::vector<std::int64_t> moments, std::size_t most,
                                       std::int64_t span, std::int64_t now_s)
{
    std::erase_if(moments, [&](std::int64_t at) { return at <= now_s - span; });
    if (moments.size() < most) return std::nullopt;
    if (most == 0) return now_s + span;
    std::ranges::sort(moments);
    return moments[moments.size() - most] + span;
}

Verdict wait(std::int64_t until_s, std::string why)
{
    return {.leave = Leave::wait, .until_s = until_s, .why = std::move(why)};
}

std::optional<Verdict> cooldown(const Intent& intent, std::span<const PastFix> history,
                                std::int64_t now_s)
{
    const auto fixes = own(intent, history);
    if (fixes.empty()) return std::nullopt;
    std::int64_t interval = intent.policy.cooldown_s;
    for (int i = 1; i < failures_in_a_row(intent, history) && interval < k_day; ++i)
        interval *= 2;
    interval = std::min(interval, std::max(k_day, intent.policy.cooldown_s));
    const auto until = std::min(fixes.back()->at_s, now_s) + interval;
    if (until <= now_s) return std::nullopt;
    return wait(until, "It was tried a short while ago and cools down.");
}

std::optional<Verdict> daily(const Intent& intent, std::span<const PastFix> history,
                             const Ceilings& ceilings, std::int64_t now_s)
{
    std::vector<std::int64_t> tries;
    std::vector<std::int64_t> fixes;
    for (const auto& fix : history) {
        if (fix.environment != intent.environment) continue;
        const auto at = std::min(fix.at_s, now_s);
        fixes.push_back(at);
        if (fix.automatic && shares_finding(fix, intent.findings)) tries.push_back(at);
    }
    if (const auto until = free_again(tries, 1, k_day, now_s)) {
        return wait(*until, "It was tried without a person within 24 hours, and came back.");
    }
    const auto most = static_cast<std::size_t>(std::max(ceilings.fixes_per_day, 0));
    if (const auto until = free_again(fixes, most, k_day, now_s)) {
        return wait(*until, "There were " + std::to_string(most) +
                                " fixes in this environment within 24 hours, which is the most.");
    }
    return std::nullopt;
}

std::optional<Verdict> breaker(std::span<const PastFix> history, const Ceilings& ceilings,
                               std::int64_t now_s)
{
    std::vector<std::int64_t> all;
    std::vector<std::int64_t> failed;
    for (const auto& fix : history) {
        if (!fix.automatic) continue;
        all.push_back(std::min(fix.at_s, now_s));
        if (!fix.worked) failed.push_back(all.back());
    }
    const auto most_failed = static_cast<std::size_t>(std::max(ceilings.breaker_failures, 0));
    const auto most = static_cast<std::size_t>(std::max(ceilings.breaker_fixes, 0));
    auto until = free_again(failed, most_failed, k_hour, now_s);
    if (!until) until = free_again(all, most, k_hour, now_s);
    if (!until) return std::nullopt;
    return wait(*until, "Too many fixes failed, or were made, in all environments within an hour.");
}

std::optional<Verdict> window(const Intent& intent, std::int64_t now_s, policy::LocalTime local)
{
    if (intent.policy.window.empty()) return std::nullopt;
    const auto parsed = policy::parse_window(intent.policy.window);
    if (!parsed) return Verdict{Leave::observe, 0, "The policy's window cannot be read."};
    const int minutes = policy::minutes_until_open(*parsed, local);
    if (minutes == 0) return std::nullopt;
    // Windows open at the beginning of a minute.
    const auto until = now_s - now_s % 60 + std::int64_t{minutes} * 60;
    return wait(until, "The policy acts " + intent.policy.window + " only.");
}

} // namespace

std::string_view to_string(Leave leave)
{
    switch (leave) {
    case Leave::go: return "go";
    case Leave::ask: return "ask";
    case Leave::wait: return "wait";
    case Leave::quarantined: return "quarantined";
    case Leave::observe: return "observe";
    }
    return {};
}

int failures_in_a_row(const Intent& intent, std::span<const PastFix> history)
{
    int failures = 0;
    for (const auto* fix : own(intent, history)) {
        if (fix->worked)
            failures = 0;
        else if (fix->at_s > intent.released_s)
            ++failures;
    }
    return failures;
}

Verdict judge(const Intent& intent, std::span<const PastFix> history, const Ceilings& ceilings,
              std::int64_t now_s, policy::LocalTime local)
{
    if (!intent.held.empty()) {
        return {Leave::observe, 0, "It is held: " + std::string(intent.held) + "."};
    }
    const int failures = failures_in_a_row(intent, history);
    if (failures >= intent.policy.attempts) {
        return {Leave::quarantined, 0,
                "The policy failed " + std::to_string(failures) +
                    (failures == 1 ? " time" : " times in a row") +
                    "; it is left alone until somebody releases it."};
    }
    if (intent.by_person) return {Leave::go, 0, "A person asked for it."};
    if (intent.policy.mode == model::PolicyMode::observe) {
        return {Leave::observe, 0, "The policy's mode is observe."};
    }
    if (!intent.policy_approved) return {Leave::ask, 0, "Nobody has approved the policy."};
    if (intent.policy.mode == model::PolicyMode::ask) {
        return {Leave::ask, 0, "The policy's mode is ask."};
    }
    if (!ceilings.automatic)
        return {Leave::ask, 0, "The configuration allows no fix without a person."};
    if (!ceilings.contained)
        return {Leave::ask, 0, "The daemon's sandbox does not hold, so it does nothing by itself: see envfixctl doctor."};
    if (const auto verdict = cooldown(intent, history, now_s)) return *verdict;
    if (const auto verdict = daily(intent, history, ceilings, now_s)) return *verdict;
    if (const auto verdict = breaker(history, ceilings, now_s)) return *verdict;
    if (const auto verdict = window(intent, now_s, local)) return *verdict;
    return {Leave::go, 0, "The policy is approved and may act by itself."};
}

} // namespace envfix::engine
