#include "fs/resolve.hpp"
#include "fs/tree.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

// While somebody exchanges directories and links as fast as he can, nothing from outside of the root is read.

using namespace envfix;

namespace {

/// In a long run about a minute of it.
int rounds()
{
    return std::getenv("ENVFIX_LONG_TESTS") != nullptr ? 500'000 : 20'000;
}

/// Does one thing over and over in a thread of its own, as long as it lives.
class Hostile {
public:
    explicit Hostile(std::function<void()> turn)
        : m_thread([this, turn = std::move(turn)] {
              while (!m_stop)
                  turn();
          })
    {
    }
    Hostile(const Hostile&) = delete;
    Hostile& operator=(const Hostile&) = delete;
    ~Hostile()
    {
        m_stop = true;
        m_thread.join();
    }

private:
    std::atomic<bool> m_stop = false;
    std::thread m_thread;
};

/// root/d/f and root/top are inside; outside/f and top beside the root are the canary. root/l leads out; root/d/up is a folder to
/// climb from, and leaves the root for outside/up and comes back.
struct Ground {
    TempFolder temp;

    Ground()
    {
        temp.file("outside/f", "canary");
        temp.file("f", "canary");
        temp.file("root/f", "inside");
        temp.file("root/d/f", "inside");
        temp.file("root/d/up/deep/file", "inside");
        temp.link("root/l", temp / "outside");
    }

    void exchange() const
    {
        ::renameat2(AT_FDCWD, (temp / "root/d").c_str(), AT_FDCWD, (temp / "root/l").c_str(), RENAME_EXCHANGE);
    }
    void move_out_and_in() const
    {
        ::rename((temp / "root/d/up").c_str(), (temp / "outside/up").c_str());
        ::rename((temp / "outside/up").c_str(), (temp / "root/d/up").c_str());
    }
};

/// Goes down into the folder that leaves the root, up and down there, and up to a file: long enough for it to leave on the way.
std::string climb()
{
    std::string path = "d/up/deep/";
    for (int i = 0; i < 400; ++i)
        path += "../deep/";
    return path + "../../../f";
}

struct Seen {
    int inside = 0;
    int outside = 0;

    void add(const UniqueFd& fd)
    {
        char text[16] = {};
        if (!fd || ::read(fd.get(), text, sizeof text - 1) <= 0) return;
        if (std::string(text) == "inside") ++inside;
        if (std::string(text) == "canary") ++outside;
    }
    void add(const Result<std::string>& text)
    {
        if (text && *text == "inside") ++inside;
        if (text && *text == "canary") ++outside;
    }
};

} // namespace

TEST_CASE("a directory that is exchanged for a link out of the root never shows what lies outside")
{
    const Ground ground;
    const auto tree = fs::Tree::open(ground.temp / "root");
    const auto top = tree->directory("/");
    REQUIRE(top);
    const UniqueFd root(::open((ground.temp / "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    const Hostile hostile([&] { ground.exchange(); });
    Seen seen;
    for (int i = 0; i < rounds(); ++i) {
        seen.add(tree->read("/d/f", 100));
        seen.add(top->read("d/f", 100));
        if (const auto entered = top->enter("d")) seen.add(entered->read("f", 100));
        seen.add(fs::open_by_steps({.root = root.get()}, "/d/f", O_RDONLY, fs::Links::follow));
    }
    CHECK(seen.inside > 0);
    CHECK(seen.outside == 0);
}

TEST_CASE("a folder that leaves the root while it is climbed from never leads out")
{
    const Ground ground;
    const auto tree = fs::Tree::open(ground.temp / "root");
    const UniqueFd root(::open((ground.temp / "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    const Hostile hostile([&] { ground.move_out_and_in(); });
    Seen seen;
    const auto path = "/" + climb();
    for (int i = 0; i < rounds() / 20; ++i) {
        seen.add(tree->read(path, 100));
        seen.add(fs::open_by_steps({.root = root.get()}, path, O_RDONLY, fs::Links::follow));
    }
    CHECK(seen.inside > 0);
    CHECK(seen.outside == 0);
}

TEST_CASE("a plain open does escape there")
{
    const Ground ground;
    const UniqueFd root(::open((ground.temp / "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    const UniqueFd deep(::openat(root.get(), "d/up/deep", O_PATH | O_DIRECTORY | O_CLOEXEC));
    Seen seen;
    REQUIRE(::rename((ground.temp / "root/d/up").c_str(), (ground.temp / "outside/up").c_str()) == 0);
    seen.add(UniqueFd(::openat(deep.get(), "../../../f", O_RDONLY | O_CLOEXEC)));
    ground.exchange();
    seen.add(UniqueFd(::openat(root.get(), "d/f", O_RDONLY | O_CLOEXEC)));
    CHECK(seen.outside == 2);
}
