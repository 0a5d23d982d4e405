// What is remembered between two captures must never hide a change. The clock of these tests stands an hour ahead: then nothing
// is so recent that it would not be kept.
#include "capture/distributions.hpp"
#include "capture/binary.hpp"
#include "capture/folder_view.hpp"
#include "capture/memory.hpp"
#include "capture/verify.hpp"
#include "support/catch.hpp"
#include "support/clock.hpp"
#include "support/temp_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

using namespace envfix;

namespace {

std::int64_t an_hour_later()
{
    return now_ns() + k_hour_ns;
}

struct stat status_of(const std::string& path)
{
    struct stat found {};

    REQUIRE(::stat(path.c_str(), &found) == 0);
    return found;
}

/// Writes other bytes of the same length over a file and sets its mtime back, as whoever hides a change would. Again, until the
/// file system's clock has moved on: two seconds are what the memory leaves it for that.
void change_in_secret(const std::string& path, const std::string& text)
{
    const auto before = status_of(path);
    REQUIRE(static_cast<std::size_t>(before.st_size) == text.size());
    const std::array<timespec, 2> times{before.st_atim, before.st_mtim};
    auto after = before;
    while (after.st_ctim.tv_sec == before.st_ctim.tv_sec && after.st_ctim.tv_nsec == before.st_ctim.tv_nsec) {
        std::fstream(path, std::ios::in | std::ios::out | std::ios::binary) << text;
        REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times.data(), 0) == 0);
        after = status_of(path);
    }
    REQUIRE(after.st_ino == before.st_ino);
    REQUIRE(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
}

/// Makes names in a folder, until its times are others than before.
template <typename Change> void change_names(const std::string& folder, const Change& change)
{
    const auto before = status_of(folder);
    change();
    for (int i = 0; status_of(folder).st_ctim.tv_nsec == before.st_ctim.tv_nsec; ++i) {
        const auto name = folder + "/unrelated";
        std::ofstream(name) << i;
        std::filesystem::remove(name);
    }
}

struct Site {
    TempFolder folder;
    fs::Tree tree = *fs::Tree::open();
    capture::Memory memory{};
    capture::HashCache hashes{};

    std::string add(const std::string& name, const std::string& version, const std::string& record = {}) const
    {
        const auto info = name + "-" + version + ".dist-info";
        folder.file(info + "/RECORD", record);
        return folder.file(info + "/METADATA", "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n");
    }

    capture::FolderViews views(std::int64_t at_ns) { return {tree, {folder.path()}, capture::Recall(&memory, at_ns)}; }

    std::vector<model::Distribution> distributions()
    {
        return capture::read_distributions(views(an_hour_later())).distributions;
    }

    std::vector<model::DamagedFile> damaged(const model::Distribution& distribution)
    {
        const auto folders = views(an_hour_later());
        return capture::verify_record(tree, folders, distribution, hashes, an_hour_later());
    }
};

} // namespace

TEST_CASE("METADATA is read once while it stays the same, and again when it changed in secret")
{
    Site site;
    const auto metadata = site.add("one", "1.0");
    REQUIRE(site.distributions().front().version == "1.0");
    CHECK(site.memory.metadata.size() == 1);
    CHECK(site.distributions().front().version == "1.0");
    CHECK(site.memory.metadata.size() == 1);
    change_in_secret(metadata, "Metadata-Version: 2.1\nName: one\nVersion: 2.0\n");
    CHECK(site.distributions().front().version == "2.0");
}

TEST_CASE("METADATA that another file took the place of is read again")
{
    Site site;
    const auto metadata = site.add("one", "1.0");
    REQUIRE(site.distributions().front().version == "1.0");
    const auto other = site.folder.file("other", "Metadata-Version: 2.1\nName: one\nVersion: 3.0\n");
    std::filesystem::rename(other, metadata);
    CHECK(site.distributions().front().version == "3.0");
    std::filesystem::remove(metadata);
    CHECK_FALSE(site.distributions().front().has_metadata);
}

TEST_CASE("METADATA that nobody may read any more is not remembered as readable")
{
    Site site;
    const auto metadata = site.add("one", "1.0");
    REQUIRE(site.distributions().front().version == "1.0");
    std::filesystem::remove(metadata);
    REQUIRE(::mkfifo(metadata.c_str(), 0600) == 0);
    const auto folders = site.views(an_hour_later());
    const auto found = capture::read_distributions(folders);
    CHECK(found.distributions.front().has_metadata);
    CHECK(found.unreadable.size() == 1);
}

TEST_CASE("what changed only just now is not kept")
{
    Site site;
    site.add("one", "1.0");
    const auto folders = site.views(now_ns());
    REQUIRE(capture::read_distributions(folders).distributions.size() == 1);
    CHECK(site.memory.metadata.size() == 0);
    CHECK(site.memory.listings.size() == 0);
}

TEST_CASE("names that come and go in a remembered folder are seen")
{
    Site site;
    site.add("one", "1.0");
    REQUIRE(site.distributions().size() == 1);
    REQUIRE(site.memory.listings.size() == 1);
    change_names(site.folder.path(), [&] { site.add("two", "1.0"); });
    CHECK(site.distributions().size() == 2);
    change_names(site.folder.path(), [&] { std::filesystem::remove_all(site.folder / "one-1.0.dist-info"); });
    const auto left = site.distributions();
    REQUIRE(left.size() == 1);
    CHECK(left.front().name == "two");
}

TEST_CASE("a remembered RECORD still holds each file to its size, and is read again when it is another one")
{
    Site site;
    const auto module = site.folder.file("one.py", "x = 1\n");
    site.add("one", "1.0", "one.py,sha256=abc,6\n");
    const auto distribution = site.distributions().front();
    REQUIRE(site.damaged(distribution).empty());
    REQUIRE(site.memory.records.size() == 1);
    std::ofstream(module) << "x = 12\n";
    const auto longer = site.damaged(distribution);
    REQUIRE(longer.size() == 1);
    CHECK(longer.front().damage == model::Damage::size_differs);
    change_in_secret(site.folder / "one-1.0.dist-info/RECORD", "one.py,sha256=abc,7\n");
    CHECK(site.damaged(distribution).empty());
    std::filesystem::remove(module);
    REQUIRE(site.damaged(distribution).size() == 1);
    CHECK(site.damaged(distribution).front().damage == model::Damage::missing);
}

TEST_CASE("a compiled file that was exchanged is read again, and so is the version that it states")
{
    Site site;
    const auto file = site.folder.file("m.so", std::string("\0\0" "1.2.3" "\0\0", 9));
    const auto folders = site.views(an_hour_later());
    const auto& recall = folders.recall();
    const auto first = capture::read_binary(site.tree, file, recall);
    CHECK(first.format == model::BinaryFile::Format::other);
    CHECK(capture::version_in_binary(site.tree, file, "1.2.3", recall) == "1.2.3");
    CHECK(site.memory.binaries.size() == 1);
    CHECK(site.memory.versions.size() == 1);
    CHECK(capture::read_binary(site.tree, file, recall) == first);
    // The one version there is, whatever was expected.
    CHECK(capture::version_in_binary(site.tree, file, "9.9.9", recall) == "1.2.3");
    change_in_secret(file, std::string("\0\0" "1.2.4" "\0\0", 9));
    CHECK(capture::version_in_binary(site.tree, file, "1.2.3", recall) == "1.2.4");
    const auto empty = site.folder.file("empty.so");
    std::filesystem::rename(empty, file);
    CHECK(capture::read_binary(site.tree, file, recall).format == model::BinaryFile::Format::empty);
    std::filesystem::remove(file);
    CHECK(capture::read_binary(site.tree, file, recall).format == model::BinaryFile::Format::unreadable);
}

TEST_CASE("a source is read once while it stays the same, and again when it changed in secret")
{
    Site site;
    const auto source = site.folder.file("m.py", "x = 1\n");
    const auto folders = site.views(an_hour_later());
    const auto fault = [&] { return capture::fault_in_source(site.tree, source, folders.recall()); };
    CHECK(fault() == "");
    CHECK(fault() == "");
    CHECK(site.memory.faults.size() == 1);
    change_in_secret(source, std::string(6, '\0'));
    REQUIRE(fault());
    CHECK(fault()->starts_with("6; "));
    std::filesystem::remove(source);
    CHECK_FALSE(fault());
}

TEST_CASE("a short file beside METADATA is read once while it stays the same, and again when it changed in secret")
{
    Site site;
    const auto file = site.folder.file("one-1.0.dist-info/INSTALLER", "pip\n");
    const auto folders = site.views(an_hour_later());
    const model::Distribution one{.metadata_path = site.folder / "one-1.0.dist-info"};
    const auto installer = [&] { return capture::installer_of(site.tree, one, folders.recall()); };
    CHECK(installer() == "pip");
    CHECK(installer() == "pip");
    CHECK(site.memory.notes.size() == 1);
    change_in_secret(file, "uv2\n");
    CHECK(installer() == "uv2");
    CHECK(capture::read_note(site.tree, file, 3, folders.recall()).error().code == ErrorCode::too_large);
    std::filesystem::remove(file);
    CHECK(installer().empty());
}

TEST_CASE("files of a file system whose times cannot be trusted are not remembered")
{
    capture::Memory memory;
    const auto tree = *fs::Tree::open();
    capture::Recall recall(&memory, an_hour_later());
    const auto proc = tree.directory("/proc");
    REQUIRE(proc);
    CHECK_FALSE(proc->has_honest_times());
    recall.trust(*proc);
    recall.keep(&capture::Memory::metadata, proc->status(), formats::CoreMetadata{});
    CHECK(memory.metadata.size() == 0);
    CHECK(recall.find(&capture::Memory::metadata, proc->status()) == nullptr);
}

TEST_CASE("of a compiled file with another size it is said whether the loader could still take it")
{
    Site site;
    // Any ELF file will do.
    std::ostringstream whole_file;
    whole_file << std::ifstream("/bin/true", std::ios::binary).rdbuf();
    const auto whole = whole_file.str();
    const auto half = whole.substr(0, whole.size() / 2);
    site.add("one", "1.0", "one.so,sha256=abc," + std::to_string(whole.size()) + "\n");
    const auto said_of = [&](const std::string& content) {
        site.folder.file("one.so", content);
        const auto damaged = site.damaged(site.distributions().front());
        return damaged.empty() ? std::string{} : damaged.front().actual;
    };
    CHECK(said_of(half) == std::to_string(half.size()) + "; cut off");
    CHECK(said_of(whole + "more") == std::to_string(whole.size() + 4));
    CHECK(said_of("") == "0; empty");
    CHECK(said_of("text") == "4; no shared library");
}
