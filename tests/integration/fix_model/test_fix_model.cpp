#include "engine/lifecycle.hpp"
#include "engine/limits.hpp"
#include "journal/approvals.hpp"
#include "journal/journal.hpp"
#include "service/plan_book.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <set>

// Random sequences of what people, time and other programs do, against the parts that decide whether a plan may run: the life
// of a plan, the book of plans with its journal, the approvals on disk, the limits. An oracle keeps its own account of who
// approved what, and of what the environment truly is, and knows nothing of these parts.

using namespace envfix;
using model::PlanState;

namespace {

constexpr std::int64_t k_begin = 1'800'000'000;
constexpr std::int64_t k_hour = 3600;
constexpr std::int64_t k_day = 24 * k_hour;

/// What may become of a plan: written down here once more, apart from the code under test.
const std::map<PlanState, std::set<PlanState>>& legal()
{
    static const std::map<PlanState, std::set<PlanState>> all{
        {PlanState::waiting, {PlanState::approved, PlanState::rejected, PlanState::stale}},
        {PlanState::approved, {PlanState::running, PlanState::rejected, PlanState::stale, PlanState::failed}},
        {PlanState::running, {PlanState::done, PlanState::failed, PlanState::stale}},
        {PlanState::rejected, {}},
        {PlanState::done, {}},
        {PlanState::failed, {}},
        {PlanState::stale, {}},
        {PlanState::advice, {PlanState::stale}}};
    return all;
}

/// A state folder for many sequences: opening one anew for each would be most of the work.
struct Disk {
    TempFolder folder{::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : ""};
    journal::Journal journal = journal::Journal::open(folder / "state").value();
    journal::Approvals approvals = journal::Approvals::open(folder / "state").value();
};

/// What a run was begun with, as the oracle sees it.
struct Begun {
    bool right = true;
    std::string why;
};

/// One environment, one policy and what happens to them. `checks_fingerprint` false is the control: a daemon that begins
/// without looking at the environment again.
class Sequence {
public:
    Sequence(Disk& disk, std::uint32_t seed, bool checks_fingerprint)
        : m_disk(disk), m_random(seed), m_checks_fingerprint(checks_fingerprint), m_environment("e" + std::to_string(seed))
    {
        m_policy.name = "p" + std::to_string(seed);
        m_policy.findings = {"broken"};
        change_policy();
        if (random(4) != 0) approve_policy();
    }

    int runs = 0;
    int wrong = 0;
    int impossible = 0;
    int automatic_runs = 0;
    std::string first_wrong;

    void walk(int steps)
    {
        for (int i = 0; i < steps; ++i) {
            m_now += static_cast<std::int64_t>(random(4) == 0 ? random(2 * k_day) : random(600));
            step();
            look_at_states();
        }
    }

private:
    std::uint32_t random(std::int64_t below) { return static_cast<std::uint32_t>(m_random() % static_cast<std::uint32_t>(below)); }

    void step()
    {
        switch (random(20)) {
        case 0:
        case 1:
        case 2: make_plan(); break;
        case 3:
        case 4:
        case 5: approve(); break;
        case 6: reject(); break;
        case 7:
        case 8:
        case 9:
        case 10: apply(); break;
        case 11:
        case 12: end(); break;
        case 13:
        case 14: m_truth = "tree " + std::to_string(++m_trees); break; // somebody else, unseen
        case 15: see(); break;
        case 16: random(2) == 0 ? approve_policy() : revoke_policy(); break;
        case 17: change_policy(); break; // a reload finds another content
        case 18: restart(); break;
        default: by_itself(); break;
        }
    }

    // -- the daemon, out of its real parts ---------------------------------------------------------------------------

    void make_plan()
    {
        see();
        for (const auto& older : m_book.of(m_environment)) {
            if (older.state == PlanState::waiting) become(older.id, PlanState::stale);
        }
        model::Plan plan{.environment_id = m_environment,
                         .environment_path = "/" + m_environment,
                         .fingerprint = m_truth,
                         .policy = m_policy.name,
                         .policy_sha256 = m_policy.sha256,
                         .findings = {"broken"},
                         .created_s = m_now,
                         .expires_s = m_now + k_day};
        plan.digest = model::plan_digest(plan);
        plan.id = plan.digest.substr(0, 12);
        if (m_lives.contains(plan.id)) return; // the same plan in the same second
        REQUIRE(m_book.add(m_disk.journal, plan));
        m_lives.emplace(plan.id, engine::PlanLife(plan));
        m_known[plan.id] = PlanState::waiting;
    }

    void approve()
    {
        auto* life = any_plan();
        if (life == nullptr) return;
        const bool right = random(6) != 0;
        const auto digest = right ? life->plan().digest : std::string("another");
        const bool done = approve(*life, digest, "ann");
        if (done && right) m_approved[life->plan().id] = {.at_s = m_now, .policy = life->plan().policy_sha256};
        if (done && !right) note("an approval of another digest was taken");
    }

    bool approve(engine::PlanLife& life, const std::string& digest, const std::string& by)
    {
        const bool done = life.approve(digest, by, m_now).has_value();
        write_down(life);
        return done;
    }

    void reject()
    {
        auto* life = any_plan();
        if (life == nullptr) return;
        if (life->reject("ann")) m_approved.erase(life->plan().id);
        write_down(*life);
    }

    [[nodiscard]] engine::Verdict verdict(bool by_person) const
    {
        static const std::vector<std::string> findings{"broken"};
        const engine::Intent intent{.policy = m_policy,
                                    .environment = m_environment,
                                    .findings = findings,
                                    .policy_approved = m_disk.approvals.approved(m_policy.sha256),
                                    .by_person = by_person};
        return engine::judge(intent, m_history, {}, m_now, {});
    }

    void apply()
    {
        if (auto* life = any_plan()) begin(*life, false);
    }

    /// A policy in mode auto: nobody is asked, within the limits.
    void by_itself()
    {
        if (verdict(false).leave != engine::Leave::go) return;
        make_plan();
        auto* life = waiting_plan();
        if (life == nullptr || !approve(*life, life->plan().digest, "policy")) return;
        m_by_policy.insert(life->plan().id);
        begin(*life, true);
    }

    void begin(engine::PlanLife& life, bool automatic)
    {
        const auto& plan = life.plan();
        const bool policy_stands = plan.policy_sha256 == m_policy.sha256 && m_disk.approvals.approved(plan.policy_sha256);
        const bool busy = std::ranges::any_of(m_lives, [](const auto& each) { return each.second.state() == PlanState::running; });
        if (!policy_stands || busy || verdict(!automatic).leave != engine::Leave::go) return;
        const auto seen = m_checks_fingerprint ? m_truth : plan.fingerprint;
        const bool done = life.begin(seen, m_now).has_value();
        write_down(life);
        if (done) judge_run(life, automatic);
    }

    void end()
    {
        for (auto& [id, life] : m_lives) {
            if (life.state() != PlanState::running) continue;
            const bool worked = random(2) == 0;
            REQUIRE(life.finish(worked, "it ended"));
            write_down(life);
            remember(worked);
            if (worked) m_truth = "tree " + std::to_string(++m_trees);
        }
    }

    /// What the journal keeps of attempts.
    void remember(bool worked)
    {
        m_history.push_back({m_environment, m_policy.name, {"broken"}, m_begun_at, m_automatic, worked});
    }

    /// A judgement: what no longer holds goes stale.
    void see()
    {
        for (auto& [id, life] : m_lives) {
            life.seen(m_truth);
            life.expire(m_now);
            write_down(life);
        }
    }

    void restart()
    {
        service::PlanBook book;
        book.load(m_disk.journal, m_now - 7 * k_day);
        for (const auto& plan : book.of(m_environment)) {
            const auto known = m_known.find(plan.id);
            if (known == m_known.end() || known->second != plan.state) note("a restart invents the state of a plan");
        }
        m_book = std::move(book);
        std::erase_if(m_lives, [&](const auto& each) { return !m_book.find(each.first).has_value(); });
        for (auto& [id, life] : m_lives) {
            const auto plan = m_book.find(id).value();
            if (plan.state == PlanState::running) remember(false);
            if (plan.state == PlanState::approved || plan.state == PlanState::running) {
                become(id, PlanState::failed); // the approval went with the process
                m_approved.erase(id);
                m_by_policy.erase(id);
            }
            life = engine::PlanLife(m_book.find(id).value());
        }
        m_disk.approvals = journal::Approvals::open(m_disk.folder / "state").value();
        if (m_disk.approvals.approved(m_policy.sha256) != m_policies_approved.contains(m_policy.sha256)) {
            note("a restart changes what is approved");
        }
    }

    // -- people and their policy --------------------------------------------------------------------------------------

    void approve_policy()
    {
        REQUIRE(m_disk.approvals.add({.policy = m_policy.name, .sha256 = m_policy.sha256, .by = "ann", .at_s = m_now}));
        m_policies_approved.insert(m_policy.sha256);
    }

    void revoke_policy()
    {
        if (m_disk.approvals.revoke(m_policy.name, m_policy.sha256)) m_policies_approved.erase(m_policy.sha256);
    }

    void change_policy()
    {
        m_policy.sha256 = "content " + m_policy.name + " " + std::to_string(random(3));
        m_policy.mode = random(2) == 0 ? model::PolicyMode::automatic : model::PolicyMode::ask;
        m_policy.attempts = 3;
        m_policy.cooldown_s = k_hour;
    }

    // -- the book -----------------------------------------------------------------------------------------------------

    void write_down(const engine::PlanLife& life)
    {
        const auto& plan = life.plan();
        if (m_book.find(plan.id).value().state != plan.state) become(plan.id, plan.state);
    }

    void become(const std::string& id, PlanState state)
    {
        REQUIRE(m_book.set_state(m_disk.journal, id, state, "because"));
        const auto life = m_lives.find(id);
        if (life != m_lives.end() && life->second.state() != state) {
            auto plan = life->second.plan();
            plan.state = state;
            life->second = engine::PlanLife(plan);
        }
    }

    engine::PlanLife* any_plan()
    {
        if (m_lives.empty()) return nullptr;
        return &std::next(m_lives.begin(), random(static_cast<std::int64_t>(m_lives.size())))->second;
    }

    engine::PlanLife* waiting_plan()
    {
        const auto found = std::ranges::find_if(m_lives, [](const auto& each) { return each.second.state() == PlanState::waiting; });
        return found == m_lives.end() ? nullptr : &found->second;
    }

    // -- the oracle ---------------------------------------------------------------------------------------------------

    struct Approval {
        std::int64_t at_s = 0;
        std::string policy;
    };

    void note(const std::string& what)
    {
        ++wrong;
        if (first_wrong.empty()) first_wrong = what;
    }

    void judge_run(const engine::PlanLife& life, bool automatic)
    {
        ++runs;
        const auto& plan = life.plan();
        if (plan.fingerprint != m_truth) note("a plan ran in an environment that had moved");
        if (plan.digest != model::plan_digest(plan)) note("a plan ran that is not what its digest says");
        if (!m_policies_approved.contains(plan.policy_sha256)) note("a run without an approved policy");
        if (automatic) {
            ++automatic_runs;
            if (m_policy.mode != model::PolicyMode::automatic) note("a policy in mode ask acted by itself");
            if (m_last_automatic != 0 && m_now < m_last_automatic + k_day) note("two automatic fixes of a finding within a day");
            m_last_automatic = m_now;
        } else if (!m_by_policy.contains(plan.id)) {
            const auto approval = m_approved.find(plan.id);
            if (approval == m_approved.end()) note("a run without an approval of that plan");
            else if (m_now >= approval->second.at_s + k_day) note("a run with an approval that had run out");
        }
        m_approved.erase(plan.id); // single use
        m_by_policy.erase(plan.id);
        m_begun_at = m_now;
        m_automatic = automatic;
    }

    void look_at_states()
    {
        int running = 0;
        int waiting = 0;
        for (const auto& plan : m_book.of(m_environment)) {
            auto& before = m_known[plan.id];
            // Between two looks a plan may go two steps: approved and at once running or stale.
            if (before != plan.state && !reachable(before, plan.state)) ++impossible;
            before = plan.state;
            if (m_lives.at(plan.id).state() != plan.state) ++impossible;
            running += plan.state == PlanState::running ? 1 : 0;
            waiting += plan.state == PlanState::waiting ? 1 : 0;
        }
        if (running > 1 || waiting > 1) ++impossible;
    }

    static bool reachable(PlanState from, PlanState to)
    {
        const auto& next = legal().at(from);
        return next.contains(to) || std::ranges::any_of(next, [&](PlanState middle) { return legal().at(middle).contains(to); });
    }

    Disk& m_disk;
    std::mt19937 m_random;
    bool m_checks_fingerprint;
    std::string m_environment;
    model::FixPolicy m_policy;
    std::int64_t m_now = k_begin;
    std::string m_truth = "tree 0"; ///< what the environment is, whether anybody has seen it or not
    int m_trees = 0;
    service::PlanBook m_book;
    std::map<std::string, engine::PlanLife> m_lives;
    std::vector<engine::PastFix> m_history;
    std::map<std::string, PlanState> m_known;
    std::map<std::string, Approval> m_approved;
    std::set<std::string> m_by_policy;
    std::set<std::string> m_policies_approved;
    std::int64_t m_last_automatic = 0;
    std::int64_t m_begun_at = 0;
    bool m_automatic = false;
};

struct Sum {
    int sequences = 0;
    int runs = 0;
    int automatic_runs = 0;
    int wrong = 0;
    int impossible = 0;
    std::string first_wrong;
};

Sum walk(int sequences, bool checks_fingerprint)
{
    constexpr int k_on_one_disk = 25;
    constexpr int k_steps = 24;
    Sum sum;
    std::optional<Disk> disk;
    for (int i = 0; i < sequences; ++i) {
        if (i % k_on_one_disk == 0) disk.emplace();
        Sequence sequence(*disk, static_cast<std::uint32_t>(i), checks_fingerprint);
        sequence.walk(k_steps);
        ++sum.sequences;
        sum.runs += sequence.runs;
        sum.automatic_runs += sequence.automatic_runs;
        sum.wrong += sequence.wrong;
        sum.impossible += sequence.impossible;
        if (sum.first_wrong.empty()) sum.first_wrong = sequence.first_wrong;
    }
    return sum;
}

} // namespace

TEST_CASE("whatever happens in whatever order, nothing runs without an approval of exactly that plan")
{
    const int sequences = std::getenv("ENVFIX_LONG_TESTS") != nullptr ? 100'000 : 3'000;
    const auto sum = walk(sequences, true);
    std::cout << "model: " << sum.sequences << " sequences, " << sum.runs << " runs, " << sum.automatic_runs << " by a policy\n";
    INFO(sum.first_wrong);
    CHECK(sum.wrong == 0);
    CHECK(sum.impossible == 0);
    CHECK(sum.runs > sequences / 10);
    CHECK(sum.automatic_runs > sequences / 50);
}

TEST_CASE("a daemon that begins without looking again is caught (control)")
{
    const auto sum = walk(500, false);
    CHECK(sum.wrong > 0);
    CHECK_THAT(sum.first_wrong, ContainsSubstring("had moved"));
}

TEST_CASE("the book of plans takes no step that the life of a plan does not have")
{
    Disk disk;
    constexpr std::array k_states{PlanState::waiting, PlanState::approved, PlanState::rejected, PlanState::running,
                                  PlanState::done,    PlanState::failed,   PlanState::stale};
    int made = 0;
    for (const auto from : k_states) {
        for (const auto to : k_states) {
            model::Plan plan{.environment_id = "e", .created_s = k_begin + made++, .state = from};
            plan.digest = model::plan_digest(plan);
            plan.id = plan.digest.substr(0, 12);
            service::PlanBook book;
            REQUIRE(book.add(disk.journal, plan));
            INFO(model::to_string(from) << " to " << model::to_string(to));
            const auto changed = book.set_state(disk.journal, plan.id, to, "");
            CHECK(changed.has_value() == legal().at(from).contains(to));
            CHECK(book.find(plan.id).value().state == (changed ? to : from));
            CHECK(disk.journal.plan(plan.id).value().state == (changed ? to : from));
        }
    }
}
