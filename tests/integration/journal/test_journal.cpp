#include "journal/codec.hpp"
#include "journal/journal.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

using envfix::ErrorCode;
using envfix::journal::Attempt;
using envfix::journal::Journal;
using envfix::journal::LastState;
namespace model = envfix::model;

namespace {

Journal open(const TempFolder& folder)
{
    auto journal = Journal::open(folder / "state");
    REQUIRE(journal);
    return *std::move(journal);
}

model::Plan plan(const std::string& environment, std::int64_t created_s)
{
    model::Plan made;
    made.environment_id = environment;
    made.environment_path = "/home/ann/\xff venv\n";
    made.fingerprint = "fingerprint";
    made.chain = "supabase";
    made.policy = "reinstall-cffi";
    made.policy_sha256 = std::string(64, 'a');
    made.findings = {"cffi-backend-missing", "other"};
    model::Step step;
    step.kind = model::StepKind::pip_reinstall;
    step.changes = {{.distribution = "cffi",
                     .from = "1.15",
                     .to = "1.16",
                     .source = "https://x/y.whl",
                     .sha256 = std::string(64, 'b')}};
    step.paths = {"a", ""};
    step.location = "/site";
    step.text = "text";
    step.isolated = true;
    made.ladder = {{.steps = {step, {}}, .unavailable = ""},
                   {.steps = {}, .unavailable = "no wheel"}};
    made.allow_externally_managed = true;
    made.created_s = created_s;
    made.expires_s = created_s + 86'400;
    made.digest = model::plan_digest(made);
    made.id = made.digest.substr(0, 12);
    return made;
}

model::Run run(const std::string& id, const std::string& environment)
{
    return {.id = id,
            .plan_id = plan(environment, 1).id,
            .environment_id = environment,
            .environment_path = std::string("/a\0b", 4),
            .policy = "reinstall-cffi",
            .approved_by = "ann",
            .findings = {"one", "two"},
            .started_s = 10,
            .ended_s = 0,
            .state = model::RunState::running,
            .summary = "",
            .proof = "",
            .events = {{.at_ms = 1, .step = "stage", .text = "begun"}}};
}

envfix::Result<void> begin(Journal& journal, const model::Run& run)
{
    REQUIRE(journal.record(plan(run.environment_id, 1)));
    return journal.begin_run(run);
}

std::string bytes_of(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A journal with something in every table; closed, so that all is in its one file.
void fill(const TempFolder& folder)
{
    auto journal = open(folder);
    for (int i = 0; i < 20; ++i) {
        REQUIRE(journal.record(plan("env" + std::to_string(i % 3), i)));
        REQUIRE(begin(journal, run("run" + std::to_string(i), "env" + std::to_string(i % 3))));
        REQUIRE(journal.note_attempt(
            {.environment = "env", .policy = "p", .findings = {"f"}, .at_s = i}));
    }
}

} // namespace

TEST_CASE("a plan comes back byte for byte, with its present state")
{
    const TempFolder folder;
    const auto made = plan("env", 100);
    {
        auto journal = open(folder);
        CHECK(journal.degraded().empty());
        REQUIRE(journal.record(made));
        REQUIRE(journal.update_plan_state(made.id, model::PlanState::rejected, "not now"));
    }
    const auto journal = open(folder);
    auto expected = made;
    expected.state = model::PlanState::rejected;
    expected.state_reason = "not now";
    CHECK(*journal.plan(made.id) == expected);
    CHECK(model::plan_digest(*journal.plan(made.id)) == made.digest);
    CHECK(journal.plan("none").error().code == ErrorCode::not_found);
    CHECK(open(folder).update_plan_state("none", model::PlanState::done).error().code ==
          ErrorCode::not_found);
}

TEST_CASE("plans are listed by environment, the last first")
{
    const TempFolder folder;
    auto journal = open(folder);
    const auto old = plan("a", 100);
    const auto fresh = plan("a", 200);
    const auto other = plan("b", 150);
    for (const auto& one : {fresh, old, other})
        REQUIRE(journal.record(one));
    CHECK(*journal.plans("a") == std::vector<model::Plan>{fresh, old});
    CHECK(*journal.plans("") == std::vector<model::Plan>{fresh, other, old});
    CHECK(journal.plans("c")->empty());
    REQUIRE(journal.record(old));
    CHECK(journal.plans("a")->size() == 2);
}

TEST_CASE("a plan that is not what its digest was made of is not given out")
{
    const TempFolder folder;
    auto journal = open(folder);
    auto forged = plan("a", 100);
    forged.ladder[0].steps[0].changes[0].to = "6.6.6";
    REQUIRE(journal.record(forged));
    CHECK(journal.plan(forged.id).error().code == ErrorCode::not_found);
    CHECK(journal.plans("")->empty());
}

TEST_CASE("a run is kept with its events, while it runs and after")
{
    const TempFolder folder;
    auto expected = run("1a", "env");
    {
        auto journal = open(folder);
        REQUIRE(begin(journal, expected));
        CHECK(journal.running()->size() == 1);
        const model::RunEvent event{.at_ms = 2, .step = "proof", .text = "well"};
        REQUIRE(journal.append_event("1a", event));
        expected.events.push_back(event);
        expected.ended_s = 20;
        expected.state = model::RunState::fixed;
        expected.summary = "cffi 1.16";
        expected.proof = "imported";
        REQUIRE(journal.end_run(expected));
    }
    const auto journal = open(folder);
    CHECK(*journal.run("1a") == expected);
    CHECK(journal.running()->empty());
    CHECK(journal.run("2b").error().code == ErrorCode::not_found);
    CHECK(open(folder).end_run(run("2b", "env")).error().code == ErrorCode::not_found);
    auto again = open(folder);
    CHECK_FALSE(begin(again, run("1a", "env")));
}

TEST_CASE("a plan is not carried out without its run, nor a run without its plan")
{
    const TempFolder folder;
    auto journal = open(folder);
    const auto begun = run("1a", "env");
    CHECK(journal.begin_run(begun).error().code == ErrorCode::not_found);
    CHECK(journal.run("1a").error().code == ErrorCode::not_found);
    REQUIRE(begin(journal, begun));
    CHECK(journal.plan(begun.plan_id)->state == model::PlanState::running);
    CHECK(journal.plan(begun.plan_id)->state_reason == "run 1a");
    REQUIRE(journal.record(plan("env", 1)));
    CHECK_FALSE(journal.begin_run(begun)); // there is a run of that id
    CHECK(journal.plan(begun.plan_id)->state == model::PlanState::waiting);
}

TEST_CASE("an event that is synced with the next is there at once all the same, and after our own end")
{
    const TempFolder folder;
    auto journal = open(folder);
    REQUIRE(begin(journal, run("1a", "env")));
    const model::RunEvent event{.at_ms = 2, .step = "trial", .text = "well"};
    REQUIRE(journal.append_event("1a", event, Journal::Sync::with_next));
    CHECK(journal.run("1a")->events.back() == event);
    CHECK(open(folder).run("1a")->events.back() == event);
}

TEST_CASE("runs come in pages, the last first")
{
    const TempFolder folder;
    auto journal = open(folder);
    for (int i = 0; i < 7; ++i)
        REQUIRE(begin(journal, run("run" + std::to_string(i), i == 3 ? "other" : "env")));
    const auto page = journal.runs("env", 1, 2);
    REQUIRE(page);
    CHECK(page->total == 6);
    REQUIRE(page->items.size() == 2);
    CHECK(page->items[0].id == "run5");
    CHECK(page->items[1].id == "run4");
    CHECK(page->items[0].events.size() == 1);
    CHECK(journal.runs("", 0, 100)->items.size() == 7);
    CHECK(journal.runs("", 10, 100)->items.empty());
    const auto both = journal.runs("other", 0, 100, "env");
    CHECK(both->total == 7);
    CHECK(both->items.front().id == "run6");
    CHECK(journal.runs("other", 0, 100)->total == 1);
}

TEST_CASE("attempts are found by time and by what they were for")
{
    const TempFolder folder;
    auto journal = open(folder);
    const Attempt first{.environment = "e",
                        .policy = "p",
                        .findings = {"f", "g"},
                        .at_s = 10,
                        .automatic = true,
                        .worked = false};
    const Attempt second{.environment = "e",
                         .policy = "p",
                         .findings = {"g"},
                         .at_s = 20,
                         .automatic = false,
                         .worked = true};
    const Attempt third{.environment = "x",
                        .policy = "p",
                        .findings = {"f"},
                        .at_s = 30,
                        .automatic = false,
                        .worked = false};
    for (const auto& one : {first, second, third})
        REQUIRE(journal.note_attempt(one));
    CHECK(*journal.attempts(20) == std::vector<Attempt>{second, third});
    CHECK(*journal.attempts("e", "p", "f") == std::vector<Attempt>{first});
    CHECK(*journal.attempts("e", "p", "g") == std::vector<Attempt>{first, second});
    CHECK(journal.attempts("e", "q", "f")->empty());
}

TEST_CASE("the last state of an environment replaces the one before")
{
    const TempFolder folder;
    auto journal = open(folder);
    CHECK(*journal.last_state("e") == std::nullopt);
    LastState state{.environment = "e",
                    .path = "/e\xff",
                    .state = model::EnvironmentState::broken,
                    .fingerprint = "f",
                    .at_s = 5};
    REQUIRE(journal.note_state(state));
    state.state = model::EnvironmentState::awaiting_approval;
    REQUIRE(journal.note_state(state));
    CHECK(*journal.last_state("e") == state);
}

TEST_CASE("what is long past is forgotten, what is open is not")
{
    const TempFolder folder;
    auto journal = open(folder);
    auto ended = run("1a", "env");
    ended.state = model::RunState::fixed;
    ended.ended_s = 50;
    REQUIRE(begin(journal, ended));
    REQUIRE(begin(journal, run("2b", "env")));
    const auto waiting = plan("env", 10);
    auto done = plan("env", 20);
    done.state = model::PlanState::done;
    REQUIRE(journal.record(waiting));
    REQUIRE(journal.record(done));
    REQUIRE(journal.note_attempt({.environment = "e", .policy = "p", .findings = {}, .at_s = 10}));
    REQUIRE(journal.forget_before(100));
    CHECK_FALSE(journal.run("1a"));
    CHECK(journal.run("2b")->events.size() == 1);
    REQUIRE(journal.plans("")->size() == 2);
    CHECK(journal.plans("")->front() == waiting);
    CHECK(journal.plans("")->back().state == model::PlanState::running);
    CHECK(journal.attempts(0)->empty());
}

TEST_CASE("a journal of which only the version is damaged is set aside, not taken for a newer one")
{
    const TempFolder folder;
    fill(folder);
    auto bytes = bytes_of(folder / "state/journal.sqlite");
    bytes[63] = 99; // the user version, big-endian, at offset 60
    std::ofstream(folder / "state/journal.sqlite", std::ios::binary) << bytes;
    auto journal = open(folder);
    CHECK_THAT(journal.degraded(), ContainsSubstring("version 99"));
    CHECK(journal.plans("")->empty());
    CHECK(bytes_of(folder / "state/journal.sqlite.damaged-1") == bytes);
    REQUIRE(journal.record(plan("a", 1)));
    CHECK(open(folder).degraded().empty());
}

TEST_CASE("a journal that says by damage that it may only be read is set aside")
{
    const TempFolder folder;
    fill(folder);
    auto bytes = bytes_of(folder / "state/journal.sqlite");
    bytes[18] = 99; // the file format's write version; above 2 SQLite does not write
    std::ofstream(folder / "state/journal.sqlite", std::ios::binary) << bytes;
    auto journal = open(folder);
    CHECK_THAT(journal.degraded(), ContainsSubstring("only be read"));
    REQUIRE(journal.record(plan("a", 1)));
    CHECK(bytes_of(folder / "state/journal.sqlite.damaged-1") == bytes);
}

TEST_CASE("whatever lies where the journal should be, the daemon starts")
{
    const TempFolder folder;
    folder.folder("state");
    ::chmod((folder / "state").c_str(), 0700);
    const auto path = folder / "state/journal.sqlite";
    SECTION("text")
    {
        std::ofstream(path) << std::string(10'000, 'x');
    }
    SECTION("a folder")
    {
        std::filesystem::create_directories(path + "/deep");
    }
    SECTION("a link")
    {
        std::filesystem::create_symlink(folder.file("victim", "victim"), path);
    }
    SECTION("a fifo")
    {
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    }
    auto journal = open(folder);
    CHECK_FALSE(journal.degraded().empty());
    CHECK(journal.record(plan("a", 1)));
    if (std::filesystem::exists(folder / "victim")) CHECK(bytes_of(folder / "victim") == "victim");
}

TEST_CASE("the journal opens after random damage, and what it says can be believed")
{
    const TempFolder folder;
    fill(folder);
    const auto path = folder / "state/journal.sqlite";
    const auto good = bytes_of(path);
    std::mt19937 random(11); // NOLINT: the same damages every time
    const int rounds = std::getenv("ENVFIX_LONG_TESTS") != nullptr ? 10'000 : 300;
    for (int round = 0; round < rounds; ++round) {
        auto bad = good;
        const auto hits = 1 + random() % 8;
        for (unsigned i = 0; i < hits; ++i)
            bad[random() % bad.size()] = static_cast<char>(random());
        if (random() % 4 == 0) bad.resize(random() % bad.size());
        for (const auto* const name : {"-wal", "-shm"})
            std::filesystem::remove(path + name);
        std::ofstream(path, std::ios::binary | std::ios::trunc) << bad;
        auto journal = open(folder);
        for (const auto& one : journal.plans("").value_or(std::vector<model::Plan>{}))
            CHECK(model::plan_digest(one) == one.digest);
        const auto attempts = journal.attempts(0);
        INFO((attempts ? "" : attempts.error().message));
        CHECK(attempts);
        CHECK(journal.runs("", 0, 100));
        const auto recorded = journal.record(plan("after", 1'000));
        INFO("round " << round << ": " << (recorded ? "" : recorded.error().message));
        CHECK(recorded);
        CHECK(journal.plan(plan("after", 1'000).id));
    }
}

TEST_CASE("what was written before a kill is there after it")
{
    const TempFolder folder;
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        auto journal = Journal::open(folder / "state");
        if (!journal || !journal->record(plan("a", 1))) ::_exit(1);
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    const auto journal = open(folder);
    CHECK(journal.degraded().empty());
    CHECK(journal.plans("")->size() == 1);
}

TEST_CASE("a plan of before steps could be isolated is read as it was")
{
    auto made = plan("env", 100);
    made.ladder.pop_back();
    made.ladder[0].steps.pop_back();
    made.ladder[0].steps[0].isolated = false;
    made.digest = model::plan_digest(made);
    made.id = made.digest.substr(0, 12);
    auto bytes = envfix::journal::encode_plan(made);
    REQUIRE(bytes.front() == '\2');
    bytes.front() = '\1';
    // Behind the flag: why the rung is unavailable, a flag of the plan's, two times.
    constexpr std::size_t k_behind = 4 + 1 + 8 + 8;
    bytes.erase(bytes.size() - k_behind - 1, 1);
    const auto back = envfix::journal::decode_plan(bytes);
    REQUIRE(back);
    CHECK(*back == made);
    CHECK(model::plan_digest(*back) == made.digest);
}
