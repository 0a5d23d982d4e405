#include "report/journal_fields.hpp"

#include "base/printable.hpp"
#include "report/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace envfix::report {

namespace {

constexpr std::size_t k_longest = 4096; ///< a path may be that long
constexpr std::size_t k_most_codes = 64;

using enum JournalEvent;
constexpr std::array<JournalKind, 17> k_kinds{{{environment_broken, "0bc59d925b594395b72c870146766734", 4},
                                               {environment_well, "55dc016e83fc48458aec344429081286", 6},
                                               {environment_changed, "f64e598f33fc4984b296d626af251665", 6},
                                               {finding_appeared, "b9a2d29a615749429250ab010932f095", 5},
                                               {plan_made, "c0dc3167cd9c4d38aac21649bc32c406", 6},
                                               {plan_approved, "bd486f98c701445fb138f7577bf1c8df", 5},
                                               {plan_rejected, "6b1502b4d09d4509b21f81ad2dd46aae", 5},
                                               {plan_expired, "f3dcd13b709742b2a6684b742ae9307b", 6},
                                               {run_started, "dc0e34c3dff24a0b895de81686b97e8f", 5},
                                               {run_ended, "4462e52a716d43fc8a28010df4cbd6c9", 5},
                                               {run_failed, "179940aa3e2146c5a1002c83a1b79dab", 4},
                                               {run_undone, "ad6068041eb54b9791acafe56a1a2e7e", 5},
                                               {gave_up, "9b2444c3b811402eb23c37cba5da3d5f", 4},
                                               {degraded, "20a3e4bca70144d0b7496f15e82fb412", 4},
                                               {policy_problem, "20ddaf0694d74d2f8ef8255b35f7b8d9", 3},
                                               {policy_approved, "7a4452ee182843b09baf76c8e4ae3c09", 5},
                                               {policy_revoked, "9ec78525e71741fda7dac2483c3c92f2", 5}}};

/// Cut before it is escaped: a byte may become ten.
std::string bounded(std::string_view untrusted)
{
    return shown(untrusted.substr(0, k_longest));
}

template <typename Add> void add_fields(const About& about, const Add& add)
{
    const auto given = [&](const char* name, const std::string& value) {
        if (!value.empty()) add(name, bounded(value));
    };
    given("ENVIRONMENT", about.environment);
    given("PATH", about.path);
    for (std::size_t i = 0; i < std::min(about.codes.size(), k_most_codes); ++i) given("CODE", about.codes[i]);
    given("PLAN", about.plan);
    given("RUN", about.run);
    given("POLICY", about.policy);
}

} // namespace

std::span<const JournalKind> journal_kinds()
{
    return k_kinds;
}

const JournalKind& journal_kind(JournalEvent event)
{
    return k_kinds[static_cast<std::size_t>(event)];
}

std::vector<std::string> journal_fields(JournalEvent event, std::string_view message, const About& about)
{
    const auto& kind = journal_kind(event);
    std::vector<std::string> fields{"MESSAGE=" + bounded(message), "MESSAGE_ID=" + std::string{kind.message_id},
                                    "PRIORITY=" + std::to_string(kind.priority), "SYSLOG_IDENTIFIER=envfixd"};
    add_fields(about, [&](const char* name, const std::string& value) {
        fields.push_back(std::string{"ENVFIX_"} + name + "=" + value);
    });
    return fields;
}

std::string log_line(std::string_view message, const About& about)
{
    std::string ids;
    add_fields(about, [&](std::string name, const std::string& value) {
        if (name == "PATH" || name == "CODE") return; // the message names them
        std::ranges::transform(name, name.begin(), [](char c) { return static_cast<char>(c - 'A' + 'a'); });
        ids += (ids.empty() ? " (" : " ") + name + "=" + value;
    });
    return bounded(message) + ids + (ids.empty() ? "" : ")");
}

} // namespace envfix::report
