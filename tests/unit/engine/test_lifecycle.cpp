#include "engine/lifecycle.hpp"
#include "support/catch.hpp"

#include <random>
#include <string>

using namespace envfix;
using engine::PlanLife;
using model::PlanState;

namespace {

constexpr std::int64_t k_now = 1'000'000;

model::Plan plan(PlanState state = PlanState::waiting)
{
    model::Plan made;
    made.id = "0123456789ab";
    made.digest = "digest";
    made.fingerprint = "print";
    made.created_s = k_now;
    made.expires_s = k_now + 1000;
    made.state = state;
    return made;
}

PlanLife in_state(PlanState state)
{
    return PlanLife(plan(state),
                    {.digest = "digest", .by = "me", .at_s = k_now, .expires_s = k_now + 1000});
}

constexpr std::array k_states{PlanState::waiting, PlanState::approved, PlanState::rejected,
                              PlanState::running, PlanState::done,     PlanState::failed,
                              PlanState::stale};

/// What a call gives: nothing or the error's code, and the state after it.
struct Outcome {
    std::optional<ErrorCode> error;
    PlanState after;
};

} // namespace

TEST_CASE("each call is legal in its states, and else an error that changes nothing")
{
    enum class Call { approve, reject, begin, finish };

    struct Row {
        Call call;
        std::array<Outcome, 7> outcomes; // in the order of k_states
    };

    using E = ErrorCode;
    const auto row = GENERATE(values<Row>({
        {Call::approve,
         {{{{}, PlanState::approved},
           {E::not_supported, PlanState::approved},
           {E::not_approved, PlanState::rejected},
           {E::busy, PlanState::running},
           {E::not_supported, PlanState::done},
           {E::not_supported, PlanState::failed},
           {E::plan_changed, PlanState::stale}}}},
        {Call::reject,
         {{{{}, PlanState::rejected},
           {{}, PlanState::rejected},
           {E::not_approved, PlanState::rejected},
           {E::busy, PlanState::running},
           {E::not_supported, PlanState::done},
           {E::not_supported, PlanState::failed},
           {E::plan_changed, PlanState::stale}}}},
        {Call::begin,
         {{{E::not_approved, PlanState::waiting},
           {{}, PlanState::running},
           {E::not_approved, PlanState::rejected},
           {E::busy, PlanState::running},
           {E::not_supported, PlanState::done},
           {E::not_supported, PlanState::failed},
           {E::plan_changed, PlanState::stale}}}},
        {Call::finish,
         {{{E::not_approved, PlanState::waiting},
           {E::not_supported, PlanState::approved},
           {E::not_approved, PlanState::rejected},
           {{}, PlanState::done},
           {E::not_supported, PlanState::done},
           {E::not_supported, PlanState::failed},
           {E::plan_changed, PlanState::stale}}}},
    }));
    for (std::size_t i = 0; i < k_states.size(); ++i) {
        DYNAMIC_SECTION(static_cast<int>(row.call) << " " << model::to_string(k_states[i]))
        {
            auto life = in_state(k_states[i]);
            Result<void> result;
            switch (row.call) {
            case Call::approve: result = life.approve("digest", "me", k_now); break;
            case Call::reject: result = life.reject("me"); break;
            case Call::begin: result = life.begin("print", k_now); break;
            case Call::finish: result = life.finish(true, "proved"); break;
            }
            CHECK(result.has_value() == !row.outcomes[i].error);
            if (!result && row.outcomes[i].error)
                CHECK(result.error().code == *row.outcomes[i].error);
            CHECK(life.state() == row.outcomes[i].after);
        }
    }
}

TEST_CASE("an approval is for the plan that was shown")
{
    PlanLife life(plan());
    CHECK(life.approve("another", "me", k_now).error().code == ErrorCode::plan_changed);
    CHECK(life.approve("", "me", k_now).error().code == ErrorCode::plan_changed);
    CHECK(life.state() == PlanState::waiting);
    REQUIRE(life.approve("digest", "me", k_now, 10));
    CHECK(life.approval() == engine::PlanApproval{"digest", "me", k_now, k_now + 10});
}

TEST_CASE("an approval lasts no longer than it should, nor than its plan")
{
    SECTION("it runs out")
    {
        PlanLife life(plan());
        REQUIRE(life.approve("digest", "me", k_now, 10));
        CHECK(life.begin("print", k_now + 10).error().code == ErrorCode::timed_out);
        CHECK(life.state() == PlanState::stale);
    }
    SECTION("the plan ends first")
    {
        PlanLife life(plan());
        REQUIRE(life.approve("digest", "me", k_now));
        CHECK(life.approval().expires_s == k_now + 1000);
    }
    SECTION("an old plan cannot be approved")
    {
        PlanLife life(plan());
        CHECK(life.approve("digest", "me", k_now + 1000).error().code == ErrorCode::timed_out);
        CHECK(life.state() == PlanState::stale);
    }
}

TEST_CASE("a plan is void once the environment has moved")
{
    PlanLife waiting(plan());
    waiting.seen("print");
    CHECK(waiting.state() == PlanState::waiting);
    waiting.seen("other");
    CHECK(waiting.state() == PlanState::stale);

    auto approved = in_state(PlanState::approved);
    const auto begun = approved.begin("other", k_now);
    CHECK(begun.error() ==
          Error{ErrorCode::plan_changed,
                "plan 0123456789ab is stale (the environment has changed since); make a new one"});
    CHECK(approved.approval() == engine::PlanApproval{});

    auto running = in_state(PlanState::running);
    running.seen("other");
    running.expire(k_now + 5000);
    CHECK(running.state() == PlanState::running);
}

TEST_CASE("an approval of something else is none, whatever the journal says")
{
    const auto state = GENERATE(PlanState::approved, PlanState::running);
    const PlanLife forged(plan(state),
                          {.digest = "another", .by = "me", .at_s = 0, .expires_s = k_now});
    CHECK(forged.state() == PlanState::stale);
    const PlanLife none(plan(state));
    CHECK(none.state() == PlanState::stale);
}

TEST_CASE("in 100,000 random steps nothing runs without an approval of exactly that plan")
{
    std::mt19937 random(7); // NOLINT: the same walk each time
    auto now = k_now;
    int runs = 0;
    int begun_wrongly = 0;
    PlanLife life(plan());
    bool approved = false; // what a person did, counted apart from the code under test
    for (int i = 0; i < 100'000; ++i) {
        now += static_cast<std::int64_t>(random() % 20);
        const bool right = random() % 5 != 0;
        const auto* digest = right ? "digest" : "other";
        const auto* fingerprint = right ? "print" : "moved";
        const auto before = life.state();
        switch (random() % 7) {
        case 0:
            if (life.approve(digest, "me", now, 100)) {
                CHECK(right);
                CHECK(before == PlanState::waiting);
                approved = true;
            }
            break;
        case 1:
            if (life.reject("me")) approved = false;
            break;
        case 2:
            if (life.begin(fingerprint, now)) {
                ++runs;
                if (!approved || !right || before != PlanState::approved) ++begun_wrongly;
                CHECK(life.approval().digest == life.plan().digest);
                CHECK(now < life.approval().expires_s);
                approved = false; // single use
            }
            break;
        case 3:
            if (life.finish(right, "")) CHECK(before == PlanState::running);
            break;
        case 4: life.seen(fingerprint); break;
        case 5: life.expire(now); break;
        default: // a new plan, or the daemon is started again with what the journal has
            if (random() % 2 == 0) {
                auto next = plan();
                next.created_s = now;
                next.expires_s = now + 1000;
                life = PlanLife(next);
                approved = false;
            } else {
                life = PlanLife(life.plan(), life.approval());
                CHECK(life.state() == before);
            }
        }
        const bool may_run =
            life.state() == PlanState::approved || life.state() == PlanState::running;
        if (may_run) CHECK(life.approval().digest == "digest");
        if (life.state() == PlanState::waiting) CHECK(life.approval() == engine::PlanApproval{});
    }
    CHECK(begun_wrongly == 0);
    CHECK(runs > 500);
}
