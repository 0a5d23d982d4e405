#include "engine/attempt.hpp"
#include "support/catch.hpp"

#include <random>

using namespace envfix::engine;
using envfix::model::RunState;
using Kind = Action::Kind;

namespace {

Action act(Kind kind, std::size_t rung)
{
    return {.kind = kind, .rung = rung, .end = RunState::failed};
}

Action over(RunState end, std::size_t rung)
{
    return {.kind = Kind::finish, .rung = rung, .end = end};
}

} // namespace

TEST_CASE("the first rung whose proof holds is kept")
{
    Attempt attempt({true, true});
    CHECK(attempt.begin() == act(Kind::stage, 0));
    CHECK(attempt.done(Went::well) == act(Kind::trial, 0));
    CHECK(attempt.done(Went::well) == act(Kind::apply, 0));
    CHECK(attempt.done(Went::well) == act(Kind::prove, 0));
    CHECK(attempt.done(Went::well) == act(Kind::keep, 0));
    CHECK(attempt.done(Went::well) == over(RunState::fixed, 0));
}

TEST_CASE("a rung that fails its trial is thrown away and the next one tried")
{
    Attempt attempt({true, false, true});
    (void)attempt.begin();
    (void)attempt.done(Went::well);
    CHECK(attempt.done(Went::badly) == act(Kind::discard, 0));
    CHECK(attempt.done(Went::badly) == act(Kind::stage, 2));
    CHECK(attempt.done(Went::badly) == act(Kind::discard, 2));
    CHECK(attempt.done(Went::well) == over(RunState::reverted, 2));
}

TEST_CASE("a rung that fails its proof is taken back before the next one begins")
{
    Attempt attempt({true, true});
    (void)attempt.begin();
    (void)attempt.done(Went::well);
    (void)attempt.done(Went::well);
    (void)attempt.done(Went::well);
    CHECK(attempt.done(Went::badly) == act(Kind::take_back, 0));
    CHECK(attempt.done(Went::well) == act(Kind::stage, 1));
}

TEST_CASE("a conflict or a stop ends the run, taken back")
{
    Attempt attempt({true, true});
    (void)attempt.begin();
    (void)attempt.done(Went::well);
    SECTION("before anything happened")
    {
        CHECK(attempt.done(Went::cancelled) == act(Kind::discard, 0));
        CHECK(attempt.done(Went::well) == over(RunState::reverted, 0));
    }
    SECTION("after the renames")
    {
        (void)attempt.done(Went::well);
        (void)attempt.done(Went::well);
        CHECK(attempt.done(Went::conflict) == act(Kind::take_back, 0));
        CHECK(attempt.done(Went::well) == over(RunState::conflict, 0));
    }
}

TEST_CASE("what cannot be taken back stops everything")
{
    Attempt attempt({true, true});
    (void)attempt.begin();
    (void)attempt.done(Went::well);
    (void)attempt.done(Went::well);
    (void)attempt.done(Went::well);
    (void)attempt.done(Went::badly);
    CHECK(attempt.done(Went::badly) == over(RunState::failed, 0));
}

TEST_CASE("a ladder without a rung that can be tried fails at once")
{
    CHECK(Attempt({}).begin() == over(RunState::failed, 0));
    CHECK(Attempt({false, false}).begin() == over(RunState::failed, 0));
}

TEST_CASE("whatever happens, what was applied is kept after its proof or taken back")
{
    std::mt19937 random(7); // the same walk every time
    for (int walk = 0; walk < 2000; ++walk) {
        std::vector<bool> rungs;
        for (unsigned i = random() % 4; i > 0; --i) {
            rungs.push_back(random() % 3 != 0);
        }
        Attempt attempt(rungs);
        bool applied = false;
        bool tried = false;
        bool proved = false;
        std::size_t steps = 0;
        auto action = attempt.begin();
        while (action.kind != Kind::finish) {
            REQUIRE(++steps < 100);
            const auto went = static_cast<Went>(random() % 4);
            REQUIRE(rungs[action.rung]);
            if (action.kind == Kind::stage || action.kind == Kind::discard) REQUIRE_FALSE(applied);
            if (action.kind == Kind::stage) tried = proved = false;
            if (action.kind == Kind::trial) tried = went == Went::well;
            if (action.kind == Kind::apply) {
                REQUIRE(tried);
                applied = went == Went::well;
            }
            if (action.kind == Kind::prove) proved = went == Went::well;
            if (action.kind == Kind::keep) REQUIRE(proved);
            const bool stuck = action.kind == Kind::take_back && went != Went::well;
            if (action.kind == Kind::take_back) applied = stuck;
            const auto last = action.kind;
            action = attempt.done(went);
            if (action.kind != Kind::finish) continue;
            if (action.end == RunState::fixed) REQUIRE((last == Kind::keep && proved));
            if (action.end != RunState::fixed && applied) REQUIRE(stuck);
        }
    }
}
