#include "policy/approval.hpp"
#include "policy/match.hpp"
#include "shown.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>

using namespace envfix;
using model::EnvironmentKind;
using model::StepKind;
using policy::choose;

namespace {

const std::string k_digest_a(64, 'a');
const std::string k_digest_b(64, 'b');

model::Finding finding(std::string code, std::string distribution)
{
    model::Finding made;
    made.code = std::move(code);
    made.distribution = std::move(distribution);
    return made;
}

model::FixPolicy fix(std::string name, std::string digest)
{
    model::FixPolicy made;
    made.name = std::move(name);
    made.sha256 = std::move(digest);
    made.findings = {"corrupt-binary", "cffi-backend-missing"};
    model::StepTemplate step;
    step.kind = StepKind::restore;
    step.distributions = {"affected"};
    made.ladder = {{step}};
    return made;
}

const policy::Facts k_facts{.kind = EnvironmentKind::venv,
                            .python = "3.11.2",
                            .path = "/home/me/src/app/.venv",
                            .project = "/home/me/src/app"};

std::vector<std::string> names(const std::vector<policy::Draft>& drafts)
{
    std::vector<std::string> list;
    for (const auto& draft : drafts)
        list.push_back(draft.policy.name);
    return list;
}

} // namespace

TEST_CASE("a policy covers the findings that it names, and `affected` becomes their distributions")
{
    const model::Findings findings{
        finding("corrupt-binary", "cryptography"), finding("corrupt-binary", "cffi"),
        finding("cffi-backend-missing", "CFFI"), finding("mixed-site-packages", "supabase")};
    const std::vector policies{fix("a", k_digest_a)};
    const auto drafts = choose(findings, k_facts, policies, {});
    REQUIRE(drafts.size() == 1);
    CHECK(drafts[0].findings == std::vector<std::string>{"cffi-backend-missing", "corrupt-binary"});
    CHECK(drafts[0].ladder[0][0].distributions == std::vector<std::string>{"cryptography", "cffi"});
    CHECK(drafts[0].policy == policies[0]);
    CHECK_FALSE(drafts[0].approved);
}

TEST_CASE("a step that would be about nothing is left out")
{
    auto with_advice = fix("a", k_digest_a);
    with_advice.ladder.push_back({model::StepTemplate{}});
    const model::Findings findings{finding("corrupt-binary", "")};
    const auto drafts =
        choose(findings, k_facts, std::vector{with_advice, fix("b", k_digest_b)}, {});
    REQUIRE(names(drafts) == std::vector<std::string>{"a"});
    REQUIRE(drafts[0].ladder.size() == 1);
    CHECK(drafts[0].ladder[0][0].kind == StepKind::advise);
    CHECK(drafts[0].reasons.back() == "Rung 1 is left out: no finding names a distribution.");
}

TEST_CASE("a policy is not taken where one of its conditions does not hold")
{
    struct Case {
        std::string name;
        std::vector<EnvironmentKind> kinds;
        std::string python;
        std::vector<std::string> paths;
        std::string failed; // the condition that does not hold; empty: all do
    };

    const auto given = GENERATE(values<Case>({
        {"anything", {}, "", {}, ""},
        {"its kind", {EnvironmentKind::user, EnvironmentKind::venv}, "", {}, ""},
        {"another kind", {EnvironmentKind::user}, "", {}, "kind"},
        {"its Python", {}, ">=3.8,<3.12", {}, ""},
        {"another Python", {}, "==3.12.*", {}, "python"},
        {"the path of the environment", {}, "", {"/home/**/.venv"}, ""},
        {"the path of the project", {}, "", {"/home/me/src/*"}, ""},
        {"another path", {}, "", {"/srv/**", "/home/me/src"}, "path"},
        {"a path of an unknown home", {}, "", {"~/src/**"}, "path"},
    }));
    DYNAMIC_SECTION(given.name)
    {
        auto made = fix("a", k_digest_a);
        made.kinds = given.kinds;
        made.python = given.python;
        made.paths = given.paths;
        const model::Findings findings{finding("corrupt-binary", "cffi")};
        CHECK(choose(findings, k_facts, std::vector{made}, {}).size() ==
              (given.failed.empty() ? 1 : 0));
        std::string failed;
        for (const auto& condition : policy::why(findings, k_facts, made, {})) {
            if (condition.what == "approval" || condition.what == "mode") continue;
            if (!condition.held) failed += condition.what;
            CHECK(condition.why.ends_with('.'));
        }
        CHECK(failed == given.failed);
    }
}

TEST_CASE("an unknown Python version is not taken for one that fits")
{
    auto made = fix("a", k_digest_a);
    made.python = ">=3";
    auto facts = k_facts;
    facts.python.clear();
    CHECK(choose({finding("corrupt-binary", "cffi")}, facts, std::vector{made}, {}).empty());
}

TEST_CASE("the approved come first, then those that act, then the enforced, then later places")
{
    auto observes = fix("observes", k_digest_b);
    observes.mode = model::PolicyMode::observe;
    auto enforced = fix("enforced", std::string(64, 'c'));
    enforced.enforced = true;
    const std::vector policies{fix("approved", k_digest_a), enforced,
                               fix("early", std::string(64, 'd')),
                               fix("late", std::string(64, 'e')), observes};
    const std::vector<model::Approval> approvals{{"approved", k_digest_a, "me", 5}};
    const auto drafts = choose({finding("corrupt-binary", "cffi")}, k_facts, policies, approvals);
    CHECK(names(drafts) ==
          std::vector<std::string>{"approved", "enforced", "late", "early", "observes"});
    CHECK(drafts[0].approved);
    CHECK(drafts[0].approved_by == "me");
}

TEST_CASE("an approval binds to the content and lapses with it")
{
    const auto made = fix("a", k_digest_a);
    const std::vector<model::Approval> other{{"a", k_digest_b, "me", 5}};
    CHECK(policy::approval_of(made, other) == nullptr);
    const std::vector<model::Approval> both{{"a", k_digest_a, "first", 5},
                                            {"a", k_digest_a, "second", 6}};
    REQUIRE(policy::approval_of(made, both) != nullptr);
    CHECK(policy::approval_of(made, both)->by == "second");
    const std::vector<model::Approval> empty{{"", "", "nobody", 1}};
    CHECK(policy::approval_of(fix("a", ""), empty) == nullptr);

    const auto conditions = policy::why({}, k_facts, made, other);
    const auto approval = std::ranges::find(conditions, "approval", &policy::Condition::what);
    REQUIRE(approval != conditions.end());
    CHECK(approval->why == "It was approved with another content; that approval lapsed.");
}

TEST_CASE("a policy that no finding calls for says so")
{
    const auto conditions =
        policy::why({finding("wrong-architecture", "cffi")}, k_facts, fix("a", k_digest_a), {});
    CHECK(
        conditions.front() ==
        policy::Condition{"findings", false,
                          "None of its findings is there: corrupt-binary, cffi-backend-missing."});
    CHECK(conditions.back() ==
          policy::Condition{"mode", false, "Its mode is ask: a person approves each plan."});
}

TEST_CASE("root's approvals are read strictly")
{
    const auto good =
        policy::parse_approvals("envfix: 1\napprovals:\n  - {policy: a, sha256: " + k_digest_a +
                                    ", by: ops, when: 2026-11-22T09:00:01Z}\n",
                                "f");
    REQUIRE(shown(good) == "no problem");
    CHECK(*good == std::vector<model::Approval>{{"a", k_digest_a, "ops", 1795338001}});
    CHECK(shown(policy::parse_approvals(
              "envfix: 1\napprovals:\n  - {sha256: abc, by: ops, when: yesterday, who: x}\n",
              "f")) == "3:14: 'sha256' must be 64 digits of 0 to 9 and a to f\n"
                       "3:34: 'when' must be a moment such as 2026-11-22T09:00:00Z\n"
                       "3:45: unknown key 'who'; allowed: policy, sha256, by and when");
    CHECK(shown(policy::parse_approvals("envfix: 1\napprovals: []\n", "f")) ==
          "2:12: 'approvals' must be a list with at least one value");
}

TEST_CASE("a moment is a date of UTC that exists")
{
    CHECK(policy::parse_moment("1970-01-01") == 0);
    CHECK(policy::parse_moment("2024-02-29T23:59:59Z") == 1709251199);
    for (const auto* bad :
         {"", "2023-02-29", "2026-13-01", "2026-11-22T24:00:00Z", "2026-11-22 09:00:00",
          "2026-11-22T09:00:00+01:00", "22.11.2026", "2026-1-1", "-026-01-01"}) {
        CAPTURE(bad);
        CHECK_FALSE(policy::parse_moment(bad));
    }
}
