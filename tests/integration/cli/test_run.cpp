#include "report/report.hpp"

#include "support/catch.hpp"
#include "support/child_output.hpp"
#include "support/served_bus.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <csignal>

using namespace envfix;

namespace {

ChildOutput run_it(ServedBus& served, std::vector<std::string> words, ChildSetup setup = {})
{
    words.insert(words.begin(), {ENVFIXCTL, "--user"});
    setup.variables.try_emplace("NO_COLOR", "1");
    setup.variables.try_emplace("COLUMNS", "100");
    setup.variables.try_emplace("LC_ALL", "C.UTF-8");
    return run_child(served.io, words, setup);
}

std::vector<std::string> shell(const std::string& text)
{
    return {"run", "--", "/bin/sh", "-c", text};
}

model::Cause cause_of_kind(const std::string& code)
{
    auto cause = samples::cause();
    cause.code = code;
    cause.explanation = "The server said no.";
    return cause;
}

} // namespace

TEST_CASE("what a failed command wrote goes to the daemon, with the three variables and nothing else")
{
    ServedBus served;
    const TempFolder temp;
    ChildSetup setup;
    setup.folder = temp.path();
    setup.variables = {{"PATH", "/bin:tools:"}, {"VIRTUAL_ENV", "venv"}, {"PYTHONPATH", "lib:/x/../y"}};
    const auto got = run_it(served, {"run", "--", "sh", "-c", "echo out; echo error >&2; exit 3"}, setup);
    CHECK(got.exit_code == 3);
    CHECK(got.out == "out\n");
    CHECK(served.port.asked == std::vector<std::string>{"diagnose_command /bin/sh 6"});
    CHECK(served.port.texts == std::vector<std::string>{"error\n"});
    const auto folder = temp.path();
    CHECK(served.port.commands == std::vector{model::CommandContext{.program = "/bin/sh",
                                                                    .path = "/bin:" + folder + "/tools:" + folder,
                                                                    .virtual_env = folder + "/venv",
                                                                    .python_path = folder + "/lib:/y"}});
}

TEST_CASE("the diagnosis comes behind what the command wrote, on standard error")
{
    ServedBus served;
    const auto got = run_it(served, shell("echo error >&2; exit 3"));
    const auto cause = samples::cause();
    CHECK(got.out.empty());
    CHECK(got.err.starts_with("error\n\nenvfixctl: why this failed, in /srv/.venv:\n"));
    CHECK(got.err.find(report::causes_text({.width = 100}, {&cause, 1})) != std::string::npos);
    CHECK(got.err.ends_with("envfixctl check /srv/.venv\n"));

    auto words = shell("echo error >&2; exit 3");
    words.insert(words.begin(), "--json");
    CHECK(run_it(served, words).err == "error\n" + report::causes_json({&cause, 1}));
    words.front() = "-q";
    CHECK(run_it(served, words).err == "error\n");
}

TEST_CASE("what is none of ours is said in one line, and what is not known not at all")
{
    ServedBus served;
    served.port.the_causes = {cause_of_kind("not-environment")};
    CHECK(run_it(served, shell("echo error >&2; exit 3")).err ==
          "error\nenvfixctl: this is no fault of the Python environment: The server said no.\n");
    for (const auto& causes : std::vector<std::vector<model::Cause>>{{cause_of_kind("unknown")}, {}}) {
        served.port.the_causes = causes;
        CHECK(run_it(served, shell("echo error >&2; exit 3")).err == "error\n");
    }
}

TEST_CASE("the daemon is not asked where nothing failed, nothing was said, or somebody ended it")
{
    ServedBus served;
    for (const auto* text : {"echo x >&2; exit 0", "exit 1", "echo >&2; exit 1", "echo x >&2; exit 130", "echo x >&2; kill -TERM $$",
                             "echo x >&2; kill -INT $$", "echo x >&2; kill -KILL $$", "echo x >&2; kill -PIPE $$"}) {
        INFO(text);
        run_it(served, shell(text));
        CHECK(served.port.asked.empty());
    }
}

TEST_CASE("a crash is told as a shell tells it")
{
    ServedBus served;
    CHECK(run_it(served, shell("echo x >&2; kill -SEGV $$")).exit_code == 128 + SIGSEGV);
    CHECK(served.port.texts == std::vector<std::string>{"x\nSegmentation fault\n"});
}

TEST_CASE("a refusal of the daemon leaves the command's end as it is, and is one line")
{
    ServedBus served;
    served.port.refusal = Error{.code = ErrorCode::busy, .message = "too \x1b[1mbusy"};
    const auto got = run_it(served, shell("echo error >&2; exit 3"));
    CHECK(got.exit_code == 3);
    CHECK(got.err.starts_with("error\nenvfixctl: no diagnosis: too \\x1b[1mbusy"));
    CHECK(std::ranges::count(got.err, '\n') == 2);
}

TEST_CASE("of a long text the last MiB is sent, and what is no UTF-8 stays as it is")
{
    ServedBus served;
    run_it(served, shell("yes 'a line of text' | head -c 3000000 >&2; printf '\\377end\\n' >&2; exit 1"));
    REQUIRE(served.port.texts.size() == 1);
    const auto& text = served.port.texts.front();
    CHECK(text.size() <= 1024 * 1024);
    CHECK(text.size() > 1024 * 1024 - 100);
    CHECK(text.starts_with("a line of text\n"));
    CHECK(text.ends_with("\xff" "end\n"));
}

TEST_CASE("a script without its interpreter is diagnosed by what a shell would say of it")
{
    ServedBus served;
    const TempFolder temp;
    const auto path = temp.file("pip", "#!/nowhere/bin/python3\n");
    ::chmod(path.c_str(), 0755);
    const auto got = run_it(served, {"run", "--", path});
    CHECK(got.exit_code == 126);
    CHECK(served.port.texts == std::vector<std::string>{path + ": /nowhere/bin/python3: bad interpreter: No such file or directory\n"});
    served.port.asked.clear();
    CHECK(run_it(served, {"run", "--", "no-such-command"}).exit_code == 127);
    CHECK(run_it(served, {"run", "--", "./no-such-file"}).exit_code == 127);
    CHECK(served.port.asked.empty());
}
