#include "inventory/names.hpp"
#include "support/catch.hpp"
#include "watch/installers.hpp"

using namespace envfix;
using namespace envfix::watch;
using model::EnvironmentKind;

namespace {

using Arguments = std::vector<std::string>;

struct Command {
    Arguments given;
    std::string want;
};

Process process(Arguments arguments, std::string executable = "/usr/bin/python3.11")
{
    return {.pid = 100,
            .arguments = std::move(arguments),
            .executable = std::move(executable),
            .folder = "/srv",
            .virtual_env = {}};
}

const auto k_venv = inventory::make_environment(EnvironmentKind::venv, "/srv/app/.venv",
                                                "/srv/app/.venv/bin/python", "/srv/app");
const auto k_user = inventory::make_environment(
    EnvironmentKind::user, "/home/u/.local/lib/python3.11/site-packages", "/usr/bin/python3.11");

} // namespace

TEST_CASE("an installer is known by what it was started with")
{
    const auto [given, want] = GENERATE(values<Command>({
        {{"/usr/bin/python3", "/usr/bin/pip", "install", "cffi"}, "pip install"},
        {{"python", "-m", "pip", "install", "cffi"}, "pip install"},
        {{"python3.13", "-I", "-mpip", "--no-input", "uninstall", "-y", "x"}, "pip uninstall"},
        {{"python3", "-Im", "pip", "--python", "/v/bin/python", "install", "x"}, "pip install"},
        {{"python3", "-X", "dev", "-W", "error", "/v/bin/pip3.11", "install", "x"}, "pip install"},
        {{"pip", "install", "x"}, "pip install"},
        {{"python", "/tmp/pip-build-env-x/__env_pip__.zip/pip", "install", "setuptools"},
         "pip install"},
        {{"pip", "list"}, ""},
        {{"pip", "--version"}, ""},
        {{"python", "-m", "pip", "check"}, ""},
        {{"uv", "pip", "install", "x"}, "uv pip install"},
        {{"/home/u/.local/bin/uv", "--project", "/p", "sync"}, "uv sync"},
        {{"uv", "pip", "list"}, ""},
        {{"uv", "run", "serve"}, ""}, // it lasts as long as the server
        {{"/home/u/.local/share/pipx/venvs/poetry/bin/python", "/home/u/.local/bin/poetry", "add",
          "x"},
         "poetry add"},
        {{"poetry", "run", "x"}, ""},
        {{"/opt/conda/bin/python", "/opt/conda/bin/conda", "install", "-n", "x", "y"},
         "conda install"},
        {{"conda", "run", "x"}, ""},
        {{"pipx", "upgrade-all"}, "pipx upgrade-all"},
        {{"python3", "-m", "venv", "/v"}, "venv"},
        {{"python3", "setup.py", "develop"}, "setup.py develop"},
        {{"python3", "setup.py", "test"}, ""},
        {{"apt-get", "-y", "install", "python3-cffi"}, "apt-get"},
        {{"/usr/bin/dpkg", "--configure", "-a"}, "dpkg"},
        {{"/usr/bin/python3", "/usr/bin/unattended-upgrade"}, "unattended-upgrade"},
        {{"python3", "-c", "import pip", "install"}, ""},
        {{"python3", "app.py", "pip", "install"}, ""},
        {{"vim", "pip"}, ""},
        {{"python3"}, ""},
        {{""}, ""},
        {{}, ""},
    }));
    DYNAMIC_SECTION((given.size() > 1 ? given[0] + " " + given[1] + " " + given.back() : "nothing"))
    {
        CHECK(installing(process(given)) == want);
    }
}

TEST_CASE("an installer works where its arguments, its surroundings or its folder say")
{
    CHECK(concerns(process({"/srv/app/.venv/bin/python", "-m", "pip", "install", "x"}), k_venv,
                   true));
    CHECK(
        concerns(process({"/usr/bin/python3", "/srv/app/.venv/bin/pip", "install"}), k_venv, true));
    CHECK(concerns(process({"app/.venv/bin/python", "-m", "pip", "install"}), k_venv, true));
    CHECK(
        concerns(process({"uv", "pip", "install", "--python=/srv/app/.venv/bin/python"}, "/bin/uv"),
                 k_venv, false));
    CHECK(concerns(process({"pip", "install", "--prefix", "/srv/app/.venv", "x"}), k_venv, false));
    CHECK_FALSE(concerns(process({"/srv/other/bin/python", "-m", "pip", "install"}), k_venv, true));
    CHECK_FALSE(
        concerns(process({"/srv/app/.venv2/bin/python", "-m", "pip", "install"}), k_venv, true));

    auto activated = process({"python", "-m", "pip", "install", "x"});
    CHECK_FALSE(concerns(activated, k_venv, false));
    CHECK(concerns(activated, k_user, false));
    activated.virtual_env = "/srv/app/.venv";
    CHECK(concerns(activated, k_venv, false));
    CHECK_FALSE(concerns(activated, k_user, false));

    auto uv = process({"uv", "sync"}, "/home/u/.local/bin/uv");
    CHECK_FALSE(concerns(uv, k_venv, false));
    uv.folder = "/srv/app/src";
    CHECK(concerns(uv, k_venv, false));
    uv.folder.clear(); // another user's: it may be anywhere
    CHECK(concerns(uv, k_venv, false));
}

TEST_CASE("the system's installers concern what the system's Pythons read, and only that")
{
    const auto apt = process({"apt-get", "install", "x"}, "/usr/bin/apt-get");
    const auto system =
        inventory::make_environment(EnvironmentKind::system, "/usr", "/usr/bin/python3.11");
    CHECK(concerns(apt, system, false));
    CHECK(concerns(apt, k_user, false));
    CHECK_FALSE(concerns(apt, k_venv, false));
    CHECK(concerns(process({"/usr/bin/python3", "-m", "pip", "install", "--user", "x"}), k_user,
                   false));
    CHECK_FALSE(concerns(process({"/v/bin/python", "-m", "pip", "install", "x"}), k_user, true));
    CHECK_FALSE(concerns(process({"python3", "-m", "pip", "install"}, "/usr/bin/python3.13"),
                         k_user, false));
}

TEST_CASE("a conda environment may be named instead of its path")
{
    const auto conda =
        inventory::make_environment(EnvironmentKind::conda, "/opt/conda/envs/data", "");
    const std::string exe = "/opt/conda/bin/python3.11";
    CHECK(concerns(process({"python", "/opt/conda/bin/conda", "install", "-n", "data", "x"}, exe),
                   conda, false));
    CHECK_FALSE(
        concerns(process({"python", "/opt/conda/bin/conda", "install", "-n", "web", "x"}, exe),
                 conda, false));
}
