#include "fs/fault.hpp"
#include "fs/record_log.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <algorithm>
#include <random>

namespace fs = envfix::fs;
using Record = fs::RecordLog::Record;

namespace {

fs::RecordLog open(const TempFolder& folder)
{
    const auto tree = fs::WriteTree::open(folder.path());
    REQUIRE(tree);
    auto log = fs::RecordLog::open(*tree, "log");
    REQUIRE(log);
    return *std::move(log);
}

std::string bytes_of(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::vector<Record> three()
{
    return {{1, "the first"}, {2, std::string(300, 'x')}, {3, "the third one"}};
}

/// A folder with a log of three records.
void fill(const TempFolder& folder)
{
    auto log = open(folder);
    for (const auto& record : three())
        REQUIRE(log.append(record.payload));
}

} // namespace

TEST_CASE("records come back in order, and numbers go on")
{
    const TempFolder folder;
    fill(folder);
    auto log = open(folder);
    CHECK(log.records() == three());
    CHECK(log.dropped() == 0);
    CHECK(log.append("four") == 4U);
}

TEST_CASE("a log that is cut at any byte keeps every record before the cut, and takes new ones")
{
    const TempFolder folder;
    fill(folder);
    const auto bytes = bytes_of(folder / "log");
    const auto used = bytes.find_last_not_of('\0') + 1;
    for (std::size_t cut = 0; cut <= used; ++cut) {
        write(folder / "log", bytes.substr(0, cut));
        std::vector<Record> kept;
        {
            auto log = open(folder);
            kept = log.records();
            const auto all = three();
            REQUIRE(kept.size() <= 3);
            CHECK(std::equal(kept.begin(), kept.end(), all.begin()));
            REQUIRE(log.append("after the cut"));
        }
        const auto again = open(folder);
        REQUIRE(again.records().size() == kept.size() + 1);
        CHECK(again.records().back().payload == "after the cut");
        CHECK(again.dropped() == 0);
    }
}

TEST_CASE("damage costs the records that it hits and no others, and forges none")
{
    const TempFolder folder;
    fill(folder);
    const auto bytes = bytes_of(folder / "log");
    const auto used = bytes.find_last_not_of('\0') + 1;
    std::mt19937 random(5'489); // NOLINT: the same damages every time
    for (int round = 0; round < 1'000; ++round) {
        auto bad = bytes;
        const auto hits = 1 + random() % 3;
        for (unsigned i = 0; i < hits; ++i) {
            const auto at = random() % used;
            const auto length = 1 + random() % 16;
            for (std::size_t j = at; j < std::min<std::size_t>(at + length, used); ++j)
                bad[j] = static_cast<char>(random());
        }
        if (random() % 5 == 0) bad.resize(random() % bad.size());
        write(folder / "log", bad);
        const auto all = three();
        std::vector<Record> kept;
        {
            auto log = open(folder);
            kept = log.records();
            std::erase_if(kept, [](const Record& record) { return record.payload.empty(); });
            for (const auto& record : kept)
                CHECK(std::find(all.begin(), all.end(), record) != all.end());
            REQUIRE(log.append("new"));
        }
        const auto again = open(folder);
        CHECK(again.dropped() == 0);
        CHECK(again.records().back().payload == "new");
    }
}

TEST_CASE("a damaged record in the middle leaves those behind it, and is shown once")
{
    const TempFolder folder;
    fill(folder);
    auto bytes = bytes_of(folder / "log");
    const auto at = bytes.find("xxxx");
    bytes[at] = 'y';
    write(folder / "log", bytes);
    {
        const auto log = open(folder);
        CHECK(log.records() == std::vector<Record>{three()[0], three()[2]});
        CHECK(log.dropped() == 1);
    }
    CHECK(bytes_of(folder / "log.damaged") == bytes);
    CHECK(open(folder).dropped() == 0);
}

#ifdef ENVFIX_FAULTS
TEST_CASE("an old record does not come back behind a new one")
{
    const TempFolder folder;
    fill(folder);
    auto bytes = bytes_of(folder / "log");
    // The second is damaged, and no new file can be made: the third would stand behind a new
    // second.
    bytes[bytes.find("xxxx")] = 'y';
    write(folder / "log", bytes);
    REQUIRE(fs::fault::arm("record-log.rewrite=enospc"));
    {
        auto log = open(folder);
        REQUIRE(fs::fault::arm(""));
        CHECK(log.records().size() == 2);
        REQUIRE(log.append("new"));
    }
    const auto log = open(folder);
    CHECK(log.records().back() == Record{4, "new"});
}

TEST_CASE("an append that fails is not there, and the next one is")
{
    for (const auto* const point : {"record-log.append.before", "record-log.append.after"}) {
        const TempFolder folder;
        fill(folder);
        {
            auto log = open(folder);
            REQUIRE(fs::fault::arm(std::string(point) + "=eio"));
            CHECK_FALSE(log.append("failed"));
            REQUIRE(fs::fault::arm(""));
            CHECK(log.records() == three());
        }
        CHECK(open(folder).records() == three());
        REQUIRE(open(folder).append("four"));
        CHECK(open(folder).records().size() == 4);
    }
}

TEST_CASE("a full disk takes the ballast and what is begun can be ended")
{
    const TempFolder folder;
    const auto tree = fs::WriteTree::open(folder.path());
    REQUIRE(tree);
    REQUIRE(fs::make_ballast(*tree));
    CHECK(tree->lstat("ballast")->size == fs::k_ballast);
    auto log = open(folder);
    REQUIRE(fs::fault::arm("record-log.append.before=enospc"));
    CHECK(log.append("with the ballast's room"));
    REQUIRE(fs::fault::arm(""));
    CHECK_FALSE(tree->exists("ballast"));
}

TEST_CASE("room that was reserved needs no more of the disk")
{
    const TempFolder folder;
    auto log = open(folder);
    REQUIRE(log.reserve(300'000));
    REQUIRE(fs::fault::arm("record-log.grow=enospc:1+"));
    CHECK(log.append(std::string(300'000, 'x')));
    REQUIRE(fs::fault::arm(""));
}
#endif

TEST_CASE("a rewrite keeps the numbers going, also of records that went")
{
    const TempFolder folder;
    fill(folder);
    {
        auto log = open(folder);
        REQUIRE(log.rewrite({three()[1]}));
    }
    auto log = open(folder);
    CHECK(log.records().front() == three()[1]);
    CHECK(log.append("four") == 4U);
}

TEST_CASE("garbage is no log, and does not keep us from starting")
{
    const TempFolder folder;
    std::mt19937 random(1); // NOLINT: the same garbage every time
    std::string garbage(10'000, '\0');
    std::generate(garbage.begin(), garbage.end(), [&] { return static_cast<char>(random()); });
    write(folder / "log", garbage);
    auto log = open(folder);
    CHECK(log.records().empty());
    CHECK(log.dropped() > 0);
    CHECK(log.append("first"));
}
