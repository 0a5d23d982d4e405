#include "harness.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

using namespace envfix;
using namespace envfix::watch;
using inventory::FolderRole;
using namespace std::chrono_literals;

namespace {

constexpr auto* k_queue_limit = "/proc/sys/fs/inotify/max_queued_events";

/// Sets the kernel's limit of events that wait, for as long as it lives. Needs to be root.
class QueueLimit {
public:
    explicit QueueLimit(int limit)
    {
        std::ifstream(k_queue_limit) >> m_before;
        m_is_set = write(limit);
    }

    ~QueueLimit() { write(m_before); }

    QueueLimit(const QueueLimit&) = delete;
    QueueLimit& operator=(const QueueLimit&) = delete;
    QueueLimit(QueueLimit&&) = delete;
    QueueLimit& operator=(QueueLimit&&) = delete;

    explicit operator bool() const { return m_is_set; }

private:
    static bool write(int limit)
    {
        std::ofstream file(k_queue_limit);
        file << limit << std::flush;
        return file.good();
    }

    int m_before = 16'384;
    bool m_is_set = false;
};

} // namespace

TEST_CASE("where watches run out the rest is polled, and it is said")
{
    const TempFolder temp;
    Harness harness({.poll_every = 20ms, .most_watches = 10});
    for (int i = 0; i < 10; ++i) {
        const auto name = "v" + std::to_string(i);
        make_venv(temp, name);
        harness.watcher().follow(
            name, {{temp / (name + "/lib/python3.11/site-packages"), FolderRole::site},
                   {temp / name, FolderRole::prefix}});
    }
    const auto status = harness.watcher().status();
    CHECK(status.watches == 10);
    CHECK(status.polled == 5);
    REQUIRE(status.degraded.size() == 1);
    CHECK_THAT(status.degraded[0], ContainsSubstring("limit of 10 inotify watches"));
    CHECK_THAT(status.degraded[0], ContainsSubstring("5 environments"));

    const auto polled = [&](const std::string& name) {
        return std::ranges::count(harness.facts, Fact{name, FactKind::poll_due, {}});
    };
    CHECK(harness.until([&] { return polled("v5") >= 2 && polled("v9") >= 2; }));
    CHECK(polled("v0") == 0);
    // What is watched stays watched when it is followed again.
    CHECK_FALSE(harness.watcher().follow(
        "v0", {{temp / "v0/lib/python3.11/site-packages", FolderRole::site},
               {temp / "v0", FolderRole::prefix}}));
    CHECK(harness.watcher().status().polled == 5);

    for (int i = 0; i < 5; ++i)
        harness.watcher().forget("v" + std::to_string(i));
    CHECK(harness.until([&] { return harness.watcher().status().polled == 0; }));
    CHECK(harness.watcher().status().degraded.empty());
}

TEST_CASE("watches above environments give way to those inside")
{
    const TempFolder temp;
    for (int i = 0; i < 50; ++i)
        temp.folder("p/" + std::to_string(i));
    make_venv(temp, "v");
    Harness harness({.most_watches = 20});
    harness.look(temp.path());
    CHECK(harness.watcher().status().watches == 10); // half of them
    REQUIRE(harness.watcher().status().degraded.size() == 1);
    CHECK_THAT(harness.watcher().status().degraded[0], ContainsSubstring("project roots"));
    for (int i = 0; i < 4; ++i) {
        const auto name = "e" + std::to_string(i);
        std::vector<inventory::WatchedFolder> folders;
        for (int j = 0; j < 5; ++j)
            folders.push_back({temp.folder(name + "/" + std::to_string(j)), FolderRole::site});
        CHECK(harness.watcher().follow(name, folders));
    }
    CHECK(harness.watcher().status().polled == 0);
    CHECK(harness.watcher().status().watches == 20);
}

TEST_CASE("nothing runs while nothing happens")
{
    const TempFolder temp;
    make_venv(temp, "v");
    Harness harness;
    harness.look(temp.path());
    harness.watcher().follow("e", {{temp / "v/lib/python3.11/site-packages", FolderRole::site}});
    harness.run_for(100ms); // what was about to run
    CHECK(harness.run_for(300ms) == 0);
}

TEST_CASE("a lost event means that all is looked at again, and nothing stays missed")
{
    const QueueLimit limit(64);
    if (!limit) {
        WARN("the queue's limit is root's to set");
        return;
    }
    const TempFolder temp;
    make_venv(temp, "v");
    Harness harness;
    harness.look(temp.path());
    const std::string site = temp / "v/lib/python3.11/site-packages";
    harness.watcher().follow("e", {{site, FolderRole::site}});
    for (int i = 0; i < 200; ++i)
        temp.file("v/lib/python3.11/site-packages/" + std::to_string(i) + ".so");
    make_venv(temp, "a/b/unseen");
    CHECK(harness.until([&] { return harness.losses == 1 && harness.knows(temp / "a/b/unseen"); }));
}

TEST_CASE("a storm in one folder neither stops the loop nor hides what happens elsewhere")
{
    const TempFolder temp;
    Harness harness;
    const auto noisy = temp.folder("noisy");
    const auto quiet = temp.folder("quiet");
    harness.watcher().follow("noisy", {{noisy, FolderRole::site}});
    harness.watcher().follow("quiet", {{quiet, FolderRole::site}});
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < 2000; ++i) {
            const auto name = noisy + "/x" + std::to_string(i) + ".py";
            const int fd = ::open(name.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
            ::close(fd);
            ::unlink(name.c_str());
        }
        const auto planted = "p" + std::to_string(round) + ".so";
        temp.file("quiet/" + planted);
        REQUIRE(harness.until([&] {
            return harness.has(FactKind::compiled_changed, planted) || harness.losses > 0;
        }));
    }
}

TEST_CASE("a vanished dist-info is told in well under a millisecond of our own time")
{
    const TempFolder temp;
    Harness harness;
    const auto site = temp.folder("site");
    harness.watcher().follow("e", {{site, FolderRole::site}});
    std::vector<std::chrono::nanoseconds> took;
    for (int i = 0; i < 200; ++i) {
        const auto name = "p" + std::to_string(i) + "-1.dist-info";
        temp.folder("site/" + name);
        REQUIRE(harness.until([&] { return harness.has(FactKind::metadata_appeared, name); }));
        const auto begin = std::chrono::steady_clock::now();
        std::filesystem::rename(site + "/" + name, temp / name);
        REQUIRE(harness.until([&] { return harness.has(FactKind::metadata_vanished, name); }));
        took.push_back(std::chrono::steady_clock::now() - begin);
        harness.facts.clear();
    }
    std::ranges::sort(took);
    CAPTURE(took[took.size() / 2].count());
    // An unoptimised build on a busy machine; the benchmark tells the truth.
    CHECK(took[took.size() / 2] < 1ms);
}
