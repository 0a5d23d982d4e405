#include "fs/tree.hpp"
#include "fs/walk.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

using namespace envfix;

namespace {

struct Walked {
    std::vector<std::string> names;
    fs::WalkEnd end;
};

Walked walked(const std::string& path, const fs::WalkLimits& limits = {},
              const std::string& skip = {}, const std::string& stop = {})
{
    Walked out;
    const auto tree = fs::Tree::open();
    const auto top = tree->directory(path);
    REQUIRE(top);
    out.end = fs::walk(*top, limits, [&](const fs::WalkEntry& entry) {
        out.names.push_back(entry.relative);
        if (entry.relative == stop) return fs::Visit::stop;
        return entry.relative == skip ? fs::Visit::skip : fs::Visit::enter;
    });
    return out;
}

/// A chain of directories that is far deeper than any path can name.
class DeepChain {
public:
    DeepChain(const std::string& top, int depth)
        : m_at(::open(top.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC))
    {
        for (; m_depth < depth && ::mkdirat(m_at.get(), "d", 0700) == 0; ++m_depth) go("d");
    }

    ~DeepChain()
    {
        for (; m_depth > 0; --m_depth) {
            go("..");
            ::unlinkat(m_at.get(), "d", AT_REMOVEDIR);
        }
    }

    DeepChain(const DeepChain&) = delete;
    DeepChain& operator=(const DeepChain&) = delete;
    DeepChain(DeepChain&&) = delete;
    DeepChain& operator=(DeepChain&&) = delete;

    [[nodiscard]] int depth() const { return m_depth; }

private:
    void go(const char* name)
    {
        m_at = UniqueFd(::openat(m_at.get(), name, O_PATH | O_DIRECTORY | O_CLOEXEC));
    }

    UniqueFd m_at;
    int m_depth = 0;
};

} // namespace

TEST_CASE("a walk visits everything once, sorted, and follows no link")
{
    const TempFolder temp;
    temp.file("b/y/1");
    temp.file("b/x");
    temp.file("a");
    temp.link("c", "b");
    temp.link("b/self", ".");
    const auto got = walked(temp.path());
    CHECK(got.names == std::vector<std::string>{"a", "b", "c", "b/self", "b/x", "b/y", "b/y/1"});
    CHECK(got.end.complete);
    CHECK(got.end.entries == 7);
    CHECK(got.end.unreadable.empty());
}

TEST_CASE("a walk leaves out what it is told to and ends when it is told to")
{
    const TempFolder temp;
    temp.file("a/1");
    temp.file("b/2");
    temp.file("c/3");
    CHECK(walked(temp.path(), {}, "b").names ==
          std::vector<std::string>{"a", "b", "c", "a/1", "c/3"});
    const auto stopped = walked(temp.path(), {}, {}, "b");
    CHECK(stopped.names == std::vector<std::string>{"a", "b"});
    CHECK_FALSE(stopped.end.complete);
}

TEST_CASE("a walk ends at each of its limits and says which")
{
    const TempFolder temp;
    for (int i = 0; i < 20; ++i)
        temp.file("d/" + std::to_string(i));
    const auto entries = walked(temp.path(), {.entries = 20});
    CHECK(entries.end.entries == 20);
    CHECK_FALSE(entries.end.complete);
    CHECK_THAT(entries.end.why, ContainsSubstring("20"));

    const auto late = walked(temp.path(), {.deadline = std::chrono::steady_clock::now()});
    CHECK_FALSE(late.end.complete);
    CHECK(late.names.empty());

    const auto shallow = walked(temp.path(), {.depth = 0});
    CHECK(shallow.names == std::vector<std::string>{"d"});
    CHECK_FALSE(shallow.end.complete);
}

TEST_CASE("a chain of 20,000 directories is walked to the limit only")
{
    const TempFolder temp;
    const DeepChain chain(temp.path(), 20'000);
    CHECK(chain.depth() == 20'000);
    const auto got = walked(temp.path());
    CHECK(got.names.size() == 33);
    CHECK_FALSE(got.end.complete);
    const auto deeper = walked(temp.path(), {.depth = 100'000});
    CHECK(deeper.names.size() < 2100); // a path has 4096 bytes
    CHECK(deeper.end.unreadable.size() == 1);
}

TEST_CASE("a walk tells of a directory that it may not read and goes on")
{
    if (::geteuid() != 0) return; // chown needs it
    const TempFolder temp;
    temp.file("a/1");
    temp.file("b/2");
    REQUIRE(::chown((temp / "a").c_str(), 4243, 4243) == 0);
    const auto tree = fs::Tree::open("/", {.uid = 4242});
    const auto top = tree->directory(temp.path());
    std::vector<std::string> names;
    const auto end = fs::walk(*top, {}, [&](const fs::WalkEntry& entry) {
        names.push_back(entry.relative);
        return fs::Visit::enter;
    });
    CHECK(names == std::vector<std::string>{"a", "b", "b/2"});
    REQUIRE(end.unreadable.size() == 1);
    CHECK(end.unreadable[0].code == ErrorCode::denied);
}

TEST_CASE("a walk does not enter another file system")
{
    const auto tree = fs::Tree::open();
    const auto top = tree->directory("/");
    bool inside = false;
    const auto end = fs::walk(*top, {.depth = 1}, [&](const fs::WalkEntry& entry) {
        if (entry.relative.rfind("proc/", 0) == 0) inside = true;
        return entry.relative == "proc" ? fs::Visit::enter : fs::Visit::skip;
    });
    CHECK_FALSE(inside);
    CHECK(end.unreadable.size() == 1);
}
