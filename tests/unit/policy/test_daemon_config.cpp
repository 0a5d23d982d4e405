#include "policy/daemon_config.hpp"
#include "shown.hpp"
#include "support/catch.hpp"

#include <string>

using namespace envfix;
using namespace std::chrono_literals;
using policy::DaemonConfig;
using policy::parse_daemon_config;

TEST_CASE("an empty configuration changes nothing")
{
    DaemonConfig below;
    below.depth = 3;
    CHECK(parse_daemon_config("# nothing\n", "f", below) == below);
    CHECK(parse_daemon_config("envfix: 1\n", "f", below) == below);
}

TEST_CASE("each key of the configuration sets its value")
{
    DaemonConfig want;
    want.roots = {"/home/me/src", "/srv/app"};
    want.ignore = {"build", "/home/me/src/old/**"};
    want.chains = {"a", "b"};
    want.log = "debug";
    want.quiet = 80ms;
    want.patience = 20s;
    want.depth = 4;
    want.sweep = 5min;
    want.poll = 1min;
    want.most_watches = 100;
    want.probe_timeout = 10s;
    want.probe_memory = std::uint64_t{512} << 20U;
    want.keep_backups = 48h;
    want.backup_bytes = std::uint64_t{2} << 30U;
    want.store_bytes = std::uint64_t{100} << 20U;
    want.plan_expires = 1h;
    want.automatic = false;
    want.fixes_per_day = 1;
    want.notify_desktop = false;
    const auto read = parse_daemon_config(R"(envfix: 1
roots: [~/src/, /srv/app]
ignore: [build, ~/src/old/**]
chains: [a, b]
log: debug
settle: {quiet: 80ms, patience: 20s}
watch: {depth: 4, sweep: 5m, poll: 1m, most: 100}
probe: {timeout: 10s, memory: 512M}
backups: {keep: 2d, size: 2GiB}
store: {size: 100MiB}
plans: {expire: 1h}
fixes: {automatic: false, per-day: 1}
notify: {desktop: false}
)",
                                          "f", {}, "/home/me");
    REQUIRE(shown(read) == "no problem");
    CHECK(*read == want);
}

TEST_CASE("a drop-in replaces a key and leaves the others")
{
    DaemonConfig below;
    below.roots = {"/a"};
    below.depth = 3;
    const auto read = parse_daemon_config("roots: /b\n", "f", below);
    REQUIRE(read);
    CHECK(read->roots == std::vector<std::string>{"/b"});
    CHECK(read->depth == 3);
}

TEST_CASE("to the machine's daemon, which has no home, roots below it are nobody's")
{
    const auto read = parse_daemon_config("roots: [~/src, /srv/app]\n", "f");
    REQUIRE(read);
    CHECK(read->roots == std::vector<std::string>{"/srv/app"});
}

TEST_CASE("a broken configuration is refused with its places")
{
    struct Broken {
        std::string text;
        std::string problems;
    };

    const auto broken = GENERATE(values<Broken>({
        {"root: /a\n", "1:1: unknown key 'root'; did you mean 'roots'?"},
        {"roots: src\n", "1:8: 'roots' must be folders that begin with / or ~/, without .."},
        {"roots: [/a/../b]\n", "1:9: 'roots' must be folders that begin with / or ~/, without .."},
        {"ignore: [a**]\n",
         "1:10: 'ignore' must be globs of a name or a path, with ** only as a whole component"},
        {"settle: {quiet: 1ms}\n",
         "1:17: 'quiet' must be a time such as 50ms, 30s or 1h30m, from 10ms to 5000ms"},
        {"settle: 50ms\n", "1:9: 'settle' must be a map of quiet and patience"},
        {"fixes: {per-day: 4}\n", "1:18: 'per-day' must be a whole number from 0 to 3"},
        {"store: {size: 1M}\n", "1:15: 'size' must be a size such as 512M or 1G, at least 16M"},
        {"notify: {desktop: loud}\n", "1:19: 'desktop' must be true or false"},
        {"notify: {mail: true}\n", "1:10: unknown key 'mail'; allowed: desktop"},
        {"notify: false\n", "1:9: 'notify' must be a map of desktop"},
        {"log: loud\n", "1:6: unknown 'log'; allowed: error, warn, info and debug"},
        {"envfix: 2\n", "1:9: 'envfix' must be 1, the format that this version reads"},
        {"[roots]\n",
         "1:1: the configuration must be a map of envfix, roots, ignore, chains, log, settle, "
         "watch, probe, backups, store, plans, fixes and notify"},
    }));
    DYNAMIC_SECTION(broken.text)
    {
        CHECK(shown(parse_daemon_config(broken.text, "f")) == broken.problems);
    }
}

TEST_CASE("folders are left out by name or by path")
{
    DaemonConfig config;
    config.ignore = {"build*", "/srv/old/**"};
    CHECK(policy::is_ignored(config, "/a/node_modules"));
    CHECK(policy::is_ignored(config, "/a/build-1"));
    CHECK(policy::is_ignored(config, "/srv/old/x/y"));
    CHECK_FALSE(policy::is_ignored(config, "/a/build-1/x"));
    CHECK_FALSE(policy::is_ignored(config, "/srv/new"));
}
