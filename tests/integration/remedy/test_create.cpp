#include "create_bench.hpp"
#include "remedy/backup.hpp"
#include "support/catch.hpp"

using namespace envfix;
using model::StepKind;
namespace stdfs = std::filesystem;

TEST_CASE(
    "a project without an environment gets one with all that it asks for, and undo takes it away")
{
    Project project;
    std::ofstream(project.path + "/requirements.txt") << "supabase\ncffi>=1\n";
    const auto rung = project.resolve();
    INFO(rung.unavailable);
    REQUIRE(rung.unavailable.empty());
    const auto& made = rung.steps.at(0);
    CHECK(made.kind == StepKind::venv_create);
    CHECK(made.location == project.venv);
    CHECK(made.text == wheelhouse::k_python);
    CHECK(made.isolated);
    std::vector<std::string> wanted;
    for (const auto& change : made.changes) {
        CAPTURE(change.distribution);
        wanted.push_back(pep::normalize_name(change.distribution));
        CHECK(change.from.empty());
        CHECK_FALSE(change.to.empty());
        CHECK(change.sha256.size() == 64);
        CHECK(change.source.starts_with('/'));
    }
    for (const auto* name : {"cffi", "cryptography", "pip", "pyjwt", "supabase"})
        CHECK(std::ranges::find(wanted, name) != wanted.end());

    const auto request = project.request(rung);
    const auto ended = project.repair(request, [&] { return !stdfs::exists(project.venv); });
    INFO(project.story());
    REQUIRE(ended.state == model::RunState::fixed);
    CHECK_THAT(ended.summary, ContainsSubstring("created with"));
    CHECK_THAT(ended.proof,
               ContainsSubstring("cffi, supabase imported by " + project.venv + "/bin/python"));
    CHECK_THAT(wheelhouse::run({project.venv + "/bin/supabase-stand-in"}),
               ContainsSubstring("stand-in for supabase"));
    CHECK_THAT(wheelhouse::run({project.venv + "/bin/python", "-m", "pip", "--version"}),
               ContainsSubstring(project.venv));
    CHECK_THAT(wheelhouse::read(project.venv + "/pyvenv.cfg"),
               ContainsSubstring("include-system-site-packages = false"));

    auto log = remedy::TransactionLog::open(project.state).value();
    CHECK(remedy::root_of_backup(project.path, request.run).value() == project.path);
    REQUIRE(remedy::undo(log, project.path, request.run, "ba9876543210", 1'800'000'001));
    CHECK_FALSE(stdfs::exists(project.venv));
    CHECK(stdfs::exists(project.path + "/requirements.txt"));
}

TEST_CASE("a new environment whose proof fails is taken away again, and leaves no trace")
{
    Project project;
    const auto ended = project.repair(project.request(project.resolve()), [] { return true; });
    INFO(project.story());
    CHECK(ended.state == model::RunState::reverted);
    CHECK_THAT(ended.proof, ContainsSubstring("package-not-installed is still there"));
    CHECK(project.names().empty());
}

TEST_CASE("a project that asks for something else than the plan knows of is not begun")
{
    Project project;
    const auto request = project.request(project.resolve());
    project.requirements.emplace_back("more");
    auto log = remedy::TransactionLog::open(project.state).value();
    const auto refused =
        wait_for(remedy::repair(request, project.ports([] { return true; }), &log, nullptr));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::plan_changed);
    CHECK(project.names().empty());
}

TEST_CASE("what somebody puts at the place of a new environment meanwhile stays his")
{
    Project project;
    project.requirements = {"cffi"};
    const auto request = project.request(project.resolve());
    stdfs::create_directory(project.venv);
    std::ofstream(project.venv + "/mine") << "kept\n";
    const auto ended = project.repair(request, [] { return true; });
    INFO(project.story());
    CHECK(ended.state == model::RunState::conflict);
    CHECK(project.names() == std::vector<std::string>{".venv"});
    CHECK(wheelhouse::read(project.venv + "/mine") == "kept\n");
    CHECK_THAT(project.resolve().unavailable, ContainsSubstring("is there already"));
}

TEST_CASE("a new environment that a person has used is his: undo leaves it and says why")
{
    Project project;
    project.requirements = {"cffi"};
    const auto request = project.request(project.resolve());
    REQUIRE(project.repair(request, [&] { return !stdfs::exists(project.venv); }).state ==
            model::RunState::fixed);
    std::ofstream(wheelhouse::site_of(project.venv) + "/mine.py") << "kept\n";
    auto log = remedy::TransactionLog::open(project.state).value();
    const auto undone = remedy::undo(log, project.path, request.run, "ba9876543210", 1'800'000'001);
    REQUIRE_FALSE(undone);
    CHECK_THAT(undone.error().message, ContainsSubstring("these have changed since: .venv"));
    CHECK(stdfs::exists(wheelhouse::site_of(project.venv) + "/mine.py"));
}

TEST_CASE("an environment that cannot be made from what the project says is not begun")
{
    Project project;
    SECTION("no such Python")
    {
        CHECK_THAT(project.resolve({"3.99"}).unavailable,
                   ContainsSubstring("no Python 3.99 on this machine"));
    }
    SECTION("none that the project allows")
    {
        project.requirements.emplace_back("python>=3.99");
        CHECK_THAT(project.resolve().unavailable, ContainsSubstring("the project asks for >=3.99"));
    }
    SECTION("no wheel")
    {
        project.requirements.emplace_back("there-is-no-such-thing");
        CHECK_THAT(project.resolve().unavailable, ContainsSubstring("there-is-no-such-thing"));
    }
    SECTION("an option of pip's")
    {
        project.requirements.emplace_back("-r more.txt");
        CHECK_THAT(project.resolve().unavailable,
                   ContainsSubstring("\"-r more.txt\", which is an option of pip's"));
    }
    SECTION("nothing is asked for")
    {
        project.requirements.clear();
        CHECK_THAT(project.resolve().unavailable, ContainsSubstring("does not say what it needs"));
    }
    SECTION("a link lies there that leads nowhere")
    {
        stdfs::create_symlink("/nowhere", project.venv);
        CHECK_THAT(project.resolve().unavailable, ContainsSubstring("is there already"));
    }
    CHECK_FALSE(stdfs::exists(project.path + "/.envfix"));
}

TEST_CASE("what a project asks for is taken over whole or not at all")
{
    const std::vector<std::string> plain{"python>=3.9", "cffi >= 1", "PyJWT[crypto]",
                                         "six; python_version < '4'"};
    const auto asked = remedy::asked_by(plain).value();
    CHECK(asked.pythons == std::vector<std::string>{">=3.9"});
    CHECK(asked.requirements.size() == 3);
    const auto [line, why] = GENERATE(values<std::pair<const char*, const char*>>({
        {"-e .", "an option of pip's"},
        {"--index-url https://example.org", "an option of pip's"},
        {"cffi==1 --hash=sha256:00", "bound to hashes"},
        {"cffi @ https://example.org/cffi.whl", "a place and no version"},
        {"./wheels/cffi.whl", "a place and no version"},
        {"supabase = \"^2.0\"", "poetry's own notation"},
        {"cffi==", "no requirement as PEP 508 has it"},
    }));
    const auto refused = remedy::asked_by({"six", line});
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, ContainsSubstring(line));
    CHECK_THAT(refused.error().message, ContainsSubstring(why));
}
