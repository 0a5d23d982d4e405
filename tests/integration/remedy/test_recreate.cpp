#include "bench.hpp"
#include "remedy/backup.hpp"
#include "remedy/recreate.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <fstream>

using namespace envfix;
using model::RunState;
using model::StepKind;
namespace stdfs = std::filesystem;

namespace {

model::StepTemplate recreate(std::vector<std::string> pythons = {"same"})
{
    auto made = step(StepKind::venv_recreate);
    made.pythons = std::move(pythons);
    return made;
}

/// The venv's Python leads nowhere, as after the base was removed.
void lose_python(const Bench& bench)
{
    for (const auto& entry : stdfs::directory_iterator(bench.venv + "/bin")) {
        if (!entry.is_symlink()) continue;
        const auto path = entry.path();
        stdfs::remove(path);
        stdfs::create_symlink("/nowhere/python3", path);
    }
}

bool python_is_lost(const Bench& bench)
{
    return !stdfs::exists(bench.venv + "/bin/python");
}

void write(const std::string& path, const std::string& text)
{
    stdfs::create_directories(stdfs::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

/// An editable install as pip leaves it.
void add_editable(const Bench& bench)
{
    write(bench.folder / "source/mine/__init__.py", "here = 'the source'\n");
    const auto info = bench.site + "/mine-1.0.dist-info/";
    write(bench.site + "/__editable__.mine-1.0.pth", bench.folder / "source\n");
    write(info + "METADATA", "Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n");
    write(info + "direct_url.json",
          R"({"url": "file:///source", "dir_info": {"editable": true}})");
    write(info + "RECORD", "__editable__.mine-1.0.pth,,\nmine-1.0.dist-info/METADATA,,\n"
                           "mine-1.0.dist-info/direct_url.json,,\nmine-1.0.dist-info/RECORD,,\n");
}

/// Its packages lie in the folder of a Python that it has no longer.
void age(Bench& bench)
{
    stdfs::rename(stdfs::path(bench.site).parent_path(), bench.venv + "/lib/python3.4");
    bench.site = bench.venv + "/lib/python3.4/site-packages";
    write(bench.venv + "/pyvenv.cfg",
          "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.4.1\n");
}

/// As Bench::ports, for a venv whose folder of packages changes its name.
remedy::RepairPorts ports_of(Bench& bench, std::function<bool()> is_broken)
{
    auto ports = bench.ports(std::move(is_broken));
    ports.recapture = [&bench]() -> asio::awaitable<Result<model::Snapshot>> {
        bench.site = wheelhouse::site_of(bench.venv);
        co_return bench.snapshot();
    };
    return ports;
}

remedy::RepairEnd repair(const Bench& bench, const remedy::RepairRequest& request,
                         const remedy::RepairPorts& ports)
{
    auto log = remedy::TransactionLog::open(bench.state).value();
    return wait_for(remedy::repair(request, ports, &log, nullptr)).value();
}

std::vector<std::string> distributions(const Bench& bench)
{
    std::vector<std::string> names;
    for (const auto& one : bench.snapshot().distributions)
        names.push_back(one.name + " " + one.version);
    return names;
}

/// Files below the venv that name the place where it was built.
std::vector<std::string> traces(const Bench& bench)
{
    std::vector<std::string> found;
    for (const auto& entry : stdfs::recursive_directory_iterator(bench.venv)) {
        if (entry.is_regular_file() && !entry.is_symlink() &&
            wheelhouse::read(entry.path()).find(".envfix") != std::string::npos)
            found.push_back(entry.path());
    }
    return found;
}

/// Whether every file is what its RECORD says.
std::vector<std::string> not_as_recorded(const Bench& bench)
{
    std::vector<std::string> wrong;
    for (const auto& one : bench.snapshot().distributions) {
        for (const auto& entry :
             formats::parse_record(wheelhouse::read(one.metadata_path + "/RECORD")).entries) {
            if (entry.algorithm.empty()) continue;
            const auto bytes = wheelhouse::read(bench.site + "/" + entry.path);
            if (sha256_hex(bytes) != formats::hex_digest(entry) ||
                static_cast<std::int64_t>(bytes.size()) != entry.size)
                wrong.push_back(entry.path);
        }
    }
    return wrong;
}

bool nothing_is_left(const Bench& bench)
{
    return !stdfs::exists(bench.folder / ".envfix/stage") &&
           !stdfs::exists(bench.venv + "/.envfix");
}

} // namespace

TEST_CASE("a venv whose Python is gone is made again, with all that was in it, and can be undone")
{
    Bench bench;
    add_editable(bench);
    write(bench.venv + "/pip.conf", "[global]\nno-index = true\n");
    write(bench.site + "/extra.pth", bench.folder / "extra\n");
    write(bench.site + "/loose.py", "loose = 1\n");
    write(bench.venv + "/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = true\n"
                                      "version = " + Bench::base().version +
                                          "\nprompt = 'my project'\n");
    lose_python(bench);
    const auto broken = bench.bytes();
    const auto had = distributions(bench);

    const auto ladder = bench.resolve({{recreate()}});
    INFO(ladder.at(0).unavailable);
    REQUIRE(ladder[0].unavailable.empty());
    CHECK(ladder[0].steps.at(0).text == wheelhouse::k_python);
    CHECK(ladder[0].steps[0].location == bench.venv);
    CHECK(ladder[0].steps[0].changes.size() == had.size());
    CHECK(bench.bytes() == broken);

    const auto request = bench.request(ladder);
    const auto ended = repair(bench, request, bench.ports([&] { return python_is_lost(bench); }));
    INFO(bench.story());
    REQUIRE(ended.state == RunState::fixed);
    CHECK_THAT(ended.summary, ContainsSubstring("recreated with " + wheelhouse::k_python));
    CHECK_THAT(ended.proof, ContainsSubstring("supabase imported by " + bench.venv));
    CHECK_THAT(bench.story(), ContainsSubstring("loose.py belongs to no distribution"));
    CHECK(distributions(bench) == had);
    CHECK(not_as_recorded(bench).empty());
    CHECK(traces(bench).empty());
    CHECK(nothing_is_left(bench));
    CHECK_THAT(wheelhouse::run({bench.venv + "/bin/supabase-stand-in"}),
               ContainsSubstring("stand-in for supabase"));
    CHECK(wheelhouse::run({bench.venv + "/bin/python", "-B", "-c", "import mine; print(mine.here)"}) ==
          "the source\n");
    CHECK(wheelhouse::read(bench.venv + "/pip.conf") == "[global]\nno-index = true\n");
    CHECK(stdfs::exists(bench.site + "/extra.pth"));
    const auto configuration = wheelhouse::read(bench.venv + "/pyvenv.cfg");
    CHECK_THAT(configuration, ContainsSubstring("include-system-site-packages = true") &&
                                  ContainsSubstring("prompt = 'my project'"));
    CHECK_THAT(wheelhouse::read(bench.venv + "/bin/activate"),
               ContainsSubstring(bench.venv) && ContainsSubstring("my project"));

    CHECK(remedy::root_of_backup(bench.venv, request.run).value() == bench.folder.path());
    auto log = remedy::TransactionLog::open(bench.state).value();
    REQUIRE(remedy::undo(log, bench.folder.path(), request.run, "ba9876543210", 1'800'000'001));
    CHECK(bench.bytes() == broken);
    CHECK(remedy::root_of_backup(bench.venv, request.run).error().code == ErrorCode::not_found);
}

TEST_CASE("a venv for a Python of another version gets its packages as wheels")
{
    Bench bench;
    const auto had = distributions(bench);
    age(bench);
    const auto broken = bench.bytes();
    const auto ladder = bench.resolve({{recreate({"3.99", std::to_string(Bench::base().major) + "." +
                                                              std::to_string(Bench::base().minor)})}});
    INFO(ladder.at(0).unavailable);
    REQUIRE(ladder[0].unavailable.empty());
    for (const auto& change : ladder[0].steps.at(0).changes) {
        CHECK(change.from == change.to);
        CHECK(change.source.starts_with(wheelhouse::wheels() + "/"));
        CHECK(change.sha256.size() == 64);
    }
    const auto is_broken = [&] { return stdfs::exists(bench.venv + "/lib/python3.4"); };
    auto request = bench.request(ladder);
    SECTION("and what has to import is told by the chain where the old one could not say")
    {
        request.chain.links.resize(1);
        request.chain.links[0].distribution = "cffi";
        request.chain.links[0].imports = {"_cffi_backend", "no_such_module"};
        request.proof.links.clear();
        const auto ended = repair(bench, request, ports_of(bench, is_broken));
        CHECK(ended.state == RunState::reverted);
        CHECK_THAT(ended.proof, ContainsSubstring("no_such_module"));
        CHECK(bench.bytes() == broken);
        CHECK(nothing_is_left(bench));
        return;
    }
    const auto ended = repair(bench, request, ports_of(bench, is_broken));
    INFO(bench.story());
    REQUIRE(ended.state == RunState::fixed);
    bench.site = wheelhouse::site_of(bench.venv);
    CHECK(distributions(bench) == had);
    CHECK(not_as_recorded(bench).empty());
    CHECK(traces(bench).empty());
    CHECK_THAT(wheelhouse::read(bench.venv + "/bin/supabase-stand-in"),
               ContainsSubstring("#!" + bench.venv + "/bin/python"));
    CHECK_THAT(wheelhouse::run({bench.venv + "/bin/supabase-stand-in"}),
               ContainsSubstring("stand-in for supabase"));
}

TEST_CASE("scripts start also where the path is too long for their first line")
{
    Bench bench;
    const auto parent = bench.folder.folder(std::string(70, 'l') + "/" + std::string(70, 'm'));
    stdfs::rename(bench.venv, parent + "/my venv");
    bench.venv = parent + "/my venv";
    bench.site = wheelhouse::site_of(bench.venv);
    age(bench);
    const auto ladder = bench.resolve({{recreate({std::to_string(Bench::base().major)})}});
    INFO(ladder.at(0).unavailable);
    REQUIRE(ladder[0].unavailable.empty());
    const auto ended = repair(bench, bench.request(ladder), ports_of(bench, [&] {
        return stdfs::exists(bench.venv + "/lib/python3.4");
    }));
    INFO(bench.story());
    REQUIRE(ended.state == RunState::fixed);
    const auto script = wheelhouse::read(bench.venv + "/bin/supabase-stand-in");
    CHECK(script.starts_with("#!/bin/sh\n'''exec' \"" + bench.venv + "/bin/python"));
    CHECK_THAT(wheelhouse::run({bench.venv + "/bin/supabase-stand-in"}),
               ContainsSubstring("stand-in for supabase"));
    bench.site = wheelhouse::site_of(bench.venv);
    CHECK(not_as_recorded(bench).empty());
    CHECK(traces(bench).empty());
}

TEST_CASE("what does not lie there as RECORD says comes as a wheel, and what has none is the reason")
{
    Bench bench;
    const auto source_of = [](const model::Rung& rung, const std::string& name) {
        for (const auto& change : rung.steps.at(0).changes) {
            if (change.distribution == name) return change.source;
        }
        return std::string("none");
    };
    SECTION("a damaged file")
    {
        std::ofstream(bench.site + "/cffi/api.py", std::ios::app) << "# changed\n";
        const auto rung = bench.resolve({{recreate()}}).at(0);
        INFO(rung.unavailable);
        CHECK(rung.unavailable.empty());
        CHECK(source_of(rung, "cffi").starts_with(wheelhouse::wheels() + "/cffi-"));
        CHECK(source_of(rung, "pycparser") == remedy::k_from_old);
    }
    SECTION("a script of a venv in another place")
    {
        auto text = wheelhouse::read(bench.venv + "/bin/supabase-stand-in");
        text.replace(0, text.find('\n'), "#!/elsewhere/venv/bin/python");
        write(bench.venv + "/bin/supabase-stand-in", text);
        const auto rung = bench.resolve({{recreate()}}).at(0);
        CHECK(source_of(rung, "supabase").starts_with(wheelhouse::wheels() + "/supabase-"));
    }
    SECTION("a distribution of which there is no wheel")
    {
        write(bench.site + "/mine-1.0.dist-info/METADATA", "Name: mine\nVersion: 1.0\n");
        const auto rung = bench.resolve({{recreate()}}).at(0);
        CHECK_THAT(rung.unavailable, ContainsSubstring("mine==1.0 cannot be had") &&
                                         ContainsSubstring("it has no RECORD"));
    }
    SECTION("no such Python")
    {
        const auto rung = bench.resolve({{recreate({"3.99"})}}).at(0);
        CHECK_THAT(rung.unavailable, ContainsSubstring("no Python 3.99 on this machine"));
    }
    SECTION("no venv")
    {
        stdfs::remove(bench.venv + "/pyvenv.cfg");
        CHECK_THAT(bench.resolve({{recreate()}}).at(0).unavailable,
                   ContainsSubstring("has no pyvenv.cfg"));
    }
    SECTION("a link to a venv")
    {
        stdfs::create_symlink(bench.venv, bench.folder / "link");
        bench.venv = bench.folder / "link";
        CHECK_THAT(bench.resolve({{recreate()}}).at(0).unavailable, ContainsSubstring("is a link"));
    }
}

TEST_CASE("a venv that saw other packages sees none but its own, and has those that it used")
{
    Bench bench;
    const auto user_site = bench.folder.folder("user/site-packages");
    for (const auto& entry : stdfs::directory_iterator(bench.site)) {
        const auto name = entry.path().filename().string();
        if (name == "jwt" || name.starts_with("PyJWT-") || name.starts_with("pyjwt-"))
            stdfs::copy(entry.path(), stdfs::path(user_site) / name, stdfs::copy_options::recursive);
    }
    for (const auto& entry : stdfs::directory_iterator(user_site))
        stdfs::remove_all(stdfs::path(bench.site) / entry.path().filename());
    write(bench.venv + "/pyvenv.cfg", "home = /usr/bin\ninclude-system-site-packages = true\n"
                                      "version = " + Bench::base().version + "\n");
    const auto before = bench.bytes();
    const auto had = distributions(bench);

    remedy::ResolveRequest asked;
    asked.snapshot = bench.snapshot();
    Bench::describe_site(asked.snapshot, user_site, model::PathOrigin::user_site);
    auto isolated = recreate();
    isolated.isolated = true;
    asked.ladder = {{isolated}};
    asked.settings.no_index = true;
    asked.settings.find_links = {wheelhouse::wheels()};
    asked.surroundings = bench.surroundings();
    asked.interpreters = {Bench::base()};
    SECTION("and one of which there is no wheel is the reason against it")
    {
        for (auto& one : asked.snapshot.distributions) {
            if (one.location == user_site) one.version = "0.0.1";
        }
        const auto rung = wait_for(remedy::resolve(asked, nullptr)).value().at(0);
        CHECK_THAT(rung.unavailable, ContainsSubstring("0.0.1 cannot be had") &&
                                         ContainsSubstring("it is not in the venv"));
        return;
    }
    const auto ladder = wait_for(remedy::resolve(asked, nullptr)).value();
    INFO(ladder.at(0).unavailable);
    REQUIRE(ladder[0].unavailable.empty());
    CHECK(ladder[0].steps.at(0).isolated);
    CHECK(ladder[0].steps[0].changes.size() == had.size() + 1);

    const auto request = bench.request(ladder);
    const auto ended = repair(bench, request, bench.ports([&] {
        return wheelhouse::read(bench.venv + "/pyvenv.cfg").find("packages = true") !=
               std::string::npos;
    }));
    INFO(bench.story());
    REQUIRE(ended.state == RunState::fixed);
    CHECK(distributions(bench).size() == had.size() + 1);
    CHECK(not_as_recorded(bench).empty());
    CHECK_THAT(wheelhouse::read(bench.venv + "/pyvenv.cfg"),
               ContainsSubstring("include-system-site-packages = false"));
    auto log = remedy::TransactionLog::open(bench.state).value();
    REQUIRE(remedy::undo(log, bench.folder.path(), request.run, "ba9876543210", 1'800'000'001));
    CHECK(bench.bytes() == before);
}

TEST_CASE("a rung in which the place of building is left over fails and leaves no trace")
{
    Bench bench;
    write(bench.site + "/mine/place.txt", "/.envfix/stage/0123456789ab/venv\n");
    const auto info = bench.site + "/mine-1.0.dist-info/";
    write(info + "METADATA", "Name: mine\nVersion: 1.0\n");
    write(info + "RECORD", "mine/place.txt,,\nmine-1.0.dist-info/METADATA,,\n"
                           "mine-1.0.dist-info/RECORD,,\n");
    lose_python(bench);
    const auto broken = bench.bytes();
    const auto ladder = bench.resolve({{recreate()}});
    REQUIRE(ladder.at(0).unavailable.empty());
    const auto ended = repair(bench, bench.request(ladder),
                              bench.ports([&] { return python_is_lost(bench); }));
    CHECK(ended.state == RunState::failed);
    CHECK_THAT(ended.proof, ContainsSubstring("mine/place.txt holds the path"));
    CHECK(bench.bytes() == broken);
    CHECK_FALSE(stdfs::exists(bench.folder / ".envfix"));
}

TEST_CASE("a venv that was made again goes back when its proof fails, and the next rung is tried")
{
    Bench bench;
    const auto backend = wheelhouse::backend_of(bench.venv);
    stdfs::remove(backend);
    const auto broken = bench.bytes();
    const auto ladder =
        bench.resolve({{recreate()}, {step(StepKind::pip_reinstall, {"cffi"})}});
    int asked = 0;
    const auto ended = repair(bench, bench.request(ladder), bench.ports([&] {
        // Once before, once after the exchange, once after the reinstallation.
        return ++asked < 3;
    }));
    INFO(bench.story());
    CHECK(ended.state == RunState::fixed);
    CHECK_THAT(bench.story(), ContainsSubstring("broken is still there") &&
                                  ContainsSubstring("everything is as before"));
    CHECK_THAT(ended.summary, ContainsSubstring("cffi") && ContainsSubstring("reinstalled"));
    CHECK_FALSE(stdfs::exists(bench.folder / ".envfix"));
}
