#include "remedy/tryout.hpp"

#include "bench.hpp"
#include "support/catch.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>

#include <filesystem>
#include <fstream>

using namespace envfix;
using model::RunState;
using model::StepKind;

namespace {

/// A venv whose backend is gone, a store that has it, and the plan to put it back.
struct Broken {
    Bench bench;
    remedy::Store store = remedy::Store::open(bench.state).value();
    remedy::TransactionLog log = remedy::TransactionLog::open(bench.state).value();
    std::string backend = wheelhouse::backend_of(bench.venv);
    remedy::RepairRequest plan;

    Broken()
    {
        keep(store, bench, "cffi");
        std::filesystem::remove(backend);
        make_plan();
    }

    void make_plan() { plan = bench.request(bench.resolve({{step(StepKind::restore, {"cffi"})}}, &store)); }

    [[nodiscard]] remedy::TryRequest request() const
    {
        return {.rung = plan.plan.ladder.front(),
                .fingerprint = plan.plan.fingerprint,
                .allow_externally_managed = false,
                .run = "ba9876543210",
                .proof = plan.proof,
                .surroundings = bench.surroundings()};
    }

    remedy::RepairPorts ports()
    {
        return bench.ports([this] { return !std::filesystem::exists(backend); });
    }

    Result<remedy::Tried> try_out() { return wait_for(remedy::try_rung(request(), ports(), &log, &store)); }

    RunState repair()
    {
        bench.events.clear();
        return wait_for(remedy::repair(plan, ports(), &log, &store)).value().state;
    }

    [[nodiscard]] std::string said_of_trial() const
    {
        const auto found = std::ranges::find(bench.events, "trial", &model::RunEvent::step);
        return found == bench.events.end() ? "" : found->text;
    }
};

constexpr const char* k_tried_now = "the chain works in a copy of the environment";
constexpr const char* k_tried_before = "tried when it was planned";

} // namespace

TEST_CASE("what was tried beforehand changes nothing, leaves nothing, and is not tried again")
{
    Broken broken;
    const auto before = broken.bench.bytes();
    const auto tried = broken.try_out();
    REQUIRE(tried);
    CHECK(tried->objection.empty());
    CHECK(broken.bench.bytes() == before);
    CHECK_FALSE(std::filesystem::exists(broken.bench.venv + "/.envfix"));
    CHECK(broken.try_out()->key == tried->key);

    broken.plan.tried = tried->key;
    CHECK(broken.repair() == RunState::fixed);
    CHECK_THAT(broken.said_of_trial(), ContainsSubstring(k_tried_before));
}

TEST_CASE("whatever is not just what was tried is tried when it is carried out")
{
    Broken broken;
    const auto key = broken.try_out()->key;
    SECTION("nothing was noted") {}
    SECTION("something else was")
    {
        broken.plan.tried = std::string(key.rbegin(), key.rend());
    }
    SECTION("other modules have to import")
    {
        broken.plan.tried = key;
        broken.plan.proof.links.pop_back();
    }
    SECTION("the interpreter is started with other variables")
    {
        broken.plan.tried = key;
        broken.plan.surroundings.environment.emplace_back("LC_ALL=C");
    }
    SECTION("the environment has moved, and the plan with it")
    {
        broken.plan.tried = key;
        const auto folder = broken.bench.site + "/filler-1.dist-info";
        std::filesystem::create_directory(folder);
        std::ofstream(folder + "/METADATA") << "Metadata-Version: 2.1\nName: filler\nVersion: 1\n";
        const auto noted = broken.plan.tried;
        broken.make_plan();
        broken.plan.tried = noted;
    }
    SECTION("another file of the distribution is missing as well: other bytes come")
    {
        std::filesystem::remove(broken.bench.site + "/cffi/lock.py");
        broken.make_plan();
        broken.plan.tried = key;
    }
    CHECK(broken.repair() == RunState::fixed);
    CHECK(broken.said_of_trial() == k_tried_now);
}

TEST_CASE("a rung that does not do it is told from one that could not be tried")
{
    Broken broken;
    const auto before = broken.bench.bytes();
    SECTION("the chain does not import in the copy either")
    {
        std::ofstream(broken.bench.site + "/bent.pth") << "import sys; sys.modules['_cffi_backend'] = None\n";
        CHECK_THAT(broken.try_out()->objection, ContainsSubstring("importing _cffi_backend"));
        std::filesystem::remove(broken.bench.site + "/bent.pth");
    }
    SECTION("the environment is not the one that was planned for")
    {
        auto request = broken.request();
        request.fingerprint = "another";
        const auto tried = wait_for(remedy::try_rung(request, broken.ports(), &broken.log, &broken.store));
        CHECK(tried.error().code == ErrorCode::plan_changed);
    }
    SECTION("an installer is at work")
    {
        auto ports = broken.ports();
        ports.installer_at_work = [](const std::string&) { return std::optional<std::string>("pip (pid 7)"); };
        const auto tried = wait_for(remedy::try_rung(broken.request(), ports, &broken.log, &broken.store));
        CHECK(tried.error().code == ErrorCode::busy);
    }
    SECTION("a rung that needs more than the store is no matter for this")
    {
        auto request = broken.request();
        request.rung.steps.front().kind = StepKind::pip_reinstall;
        CHECK_FALSE(remedy::is_of_store(request.rung));
        CHECK_FALSE(wait_for(remedy::try_rung(request, broken.ports(), &broken.log, &broken.store)));
    }
    CHECK(broken.bench.bytes() == before);
    CHECK_FALSE(std::filesystem::exists(broken.bench.venv + "/.envfix"));
}

TEST_CASE("a trial that is stopped leaves nothing")
{
    Broken broken;
    const auto hang = broken.bench.site + "/hang.pth";
    std::ofstream(hang) << "import time; time.sleep(600)\n";
    const auto before = broken.bench.bytes();
    asio::io_context io{1};
    asio::cancellation_signal stop;
    std::optional<Result<remedy::Tried>> tried;
    asio::co_spawn(io, remedy::try_rung(broken.request(), broken.ports(), &broken.log, &broken.store),
                   asio::bind_cancellation_slot(stop.slot(), [&](const std::exception_ptr&, Result<remedy::Tried> said) {
                       tried.emplace(std::move(said));
                   }));
    const auto shadow = broken.bench.venv + "/.envfix/stage/ba9876543210/shadow";
    while (!tried && !std::filesystem::exists(shadow)) io.run_one_for(std::chrono::milliseconds(20));
    for (int i = 0; i < 20; ++i) io.run_one_for(std::chrono::milliseconds(10)); // its interpreter is at work
    REQUIRE_FALSE(tried);
    stop.emit(asio::cancellation_type::terminal);
    io.run_for(std::chrono::seconds(20));
    REQUIRE(tried);
    CHECK(tried->error().code == ErrorCode::cancelled);
    CHECK(broken.bench.bytes() == before);
    CHECK_FALSE(std::filesystem::exists(broken.bench.venv + "/.envfix"));
}
