#include "base/sha256.hpp"
#include "fs/fault.hpp"
#include "remedy/store.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>

#include <random>

namespace fs = envfix::fs;
using envfix::ErrorCode;
using envfix::sha256_hex;
using envfix::remedy::KeepRequest;
using envfix::remedy::KeptDistribution;
using envfix::remedy::Store;

namespace {

const std::string k_site = "venv/lib/python3.11/site-packages";

/// A venv with one distribution of a module, a compiled file, a script and metadata.
struct World {
    TempFolder folder;

    World()
    {
        folder.file(k_site + "/cffi/__init__.py", "version = '1.15'\n");
        folder.file(k_site + "/_cffi_backend.so", std::string(100'000, 'b'));
        folder.file(k_site + "/cffi-1.15.dist-info/RECORD", "the record\n");
        folder.file("venv/bin/cffi", "#!/venv/bin/python\n");
        ::chmod((folder / "venv/bin/cffi").c_str(), 0755);
    }

    [[nodiscard]] std::string state() const { return folder / "state"; }

    [[nodiscard]] std::string site(const std::string& name) const
    {
        return folder / (k_site + "/" + name);
    }

    [[nodiscard]] Store open(std::uint64_t budget = Store::k_default_budget) const
    {
        auto store = Store::open(state(), budget);
        REQUIRE(store);
        return *store;
    }

    [[nodiscard]] KeepRequest request() const
    {
        return {.name = "cffi",
                .version = "1.15",
                .soabi = "cpython-311-x86_64-linux-gnu",
                .location = folder / k_site,
                .record = "cffi-1.15.dist-info/RECORD",
                .files = {{"cffi/__init__.py", sha256_hex("version = '1.15'\n")},
                          {"_cffi_backend.so", sha256_hex(std::string(100'000, 'b'))},
                          {"cffi-1.15.dist-info/RECORD", ""},
                          {"../../../bin/cffi", sha256_hex("#!/venv/bin/python\n")}}};
    }

    /// A second distribution of one file.
    [[nodiscard]] KeepRequest other(const std::string& name, const std::string& bytes) const
    {
        folder.file(k_site + "/" + name + ".py", bytes);
        return {.name = name,
                .version = "1",
                .soabi = {},
                .location = folder / k_site,
                .record = {},
                .files = {{name + ".py", sha256_hex(bytes)}}};
    }

    [[nodiscard]] fs::WriteTree target() const
    {
        folder.folder("target");
        auto tree = fs::WriteTree::open(folder / "target");
        REQUIRE(tree);
        return *std::move(tree);
    }

    [[nodiscard]] std::string blob(const std::string& sha256) const
    {
        return state() + "/store/" + sha256.substr(0, 2) + "/" + sha256;
    }
};

std::string bytes_of(const std::string& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

TEST_CASE("what was kept comes back with its bytes, mode and time")
{
    const World world;
    auto store = world.open();
    const auto kept = store.keep(world.request(), 100);
    REQUIRE(kept);
    CHECK(kept->files.size() == 4);
    CHECK(store.has_all(*kept));
    const auto target = world.target();
    for (const auto& file : kept->files) {
        const auto name = "deep/" + file.sha256;
        REQUIRE(store.fetch(file, target, name));
        const auto status = target.lstat(name);
        REQUIRE(status);
        CHECK((status->mode & 07777U) == file.mode);
        CHECK(status->mtime_ns == file.mtime_ns);
        CHECK(sha256_hex(bytes_of(target.path() + "/" + name)) == file.sha256);
    }
    CHECK(kept->files[3].mode == 0755);
}

TEST_CASE("a distribution whose metadata is gone is still known")
{
    const World world;
    {
        auto store = world.open();
        REQUIRE(store.keep(world.request(), 100));
    }
    std::filesystem::remove_all(world.folder / "venv");
    const auto store = world.open();
    const auto found = store.find("cffi");
    REQUIRE(found.size() == 1);
    CHECK(found[0].record == "cffi-1.15.dist-info/RECORD");
    CHECK(store.has_all(found[0]));
    CHECK(store.find("cffi", "cpython-311-x86_64-linux-gnu", world.folder / k_site).size() == 1);
    CHECK(store.find("cffi", "cpython-313-x86_64-linux-gnu").empty());
    CHECK(store.find("../cffi").empty());
}

TEST_CASE("nothing is kept of a distribution with one file that RECORD does not know")
{
    const World world;
    auto store = world.open();
    auto request = world.request();
    std::ofstream(world.site("_cffi_backend.so")) << "damaged";
    const auto kept = store.keep(request, 100);
    REQUIRE_FALSE(kept);
    CHECK(kept.error().code == ErrorCode::malformed);
    CHECK_THAT(kept.error().message, ContainsSubstring("_cffi_backend.so"));
    CHECK(store.find("cffi").empty());
    CHECK_FALSE(store.has(sha256_hex("damaged")));
    CHECK(std::filesystem::is_empty(world.state() + "/store/unfinished"));
}

TEST_CASE("a file that is missing, a link or a fifo is not kept")
{
    const World world;
    auto store = world.open();
    std::filesystem::remove(world.site("cffi/__init__.py"));
    SECTION("missing") {}
    SECTION("a link")
    {
        world.folder.file("elsewhere", "version = '1.15'\n");
        std::filesystem::create_symlink(world.folder / "elsewhere", world.site("cffi/__init__.py"));
    }
    SECTION("a fifo")
    {
        REQUIRE(::mkfifo(world.site("cffi/__init__.py").c_str(), 0600) == 0);
    }
    CHECK_FALSE(store.keep(world.request(), 100));
    CHECK(store.find("cffi").empty());
}

TEST_CASE("paths that lead to nowhere are refused")
{
    const World world;
    auto store = world.open();
    auto request = world.request();
    request.files[0].path =
        GENERATE(as<std::string>{}, "../../../../../../../../../../../../etc/passwd",
                 "cffi/../../x", "/etc/passwd", "", "cffi//x");
    CHECK_FALSE(store.keep(request, 100));
}

TEST_CASE("the owner may write in place and the stored file stays")
{
    const World world;
    auto store = world.open();
    const auto kept = store.keep(world.request(), 100);
    REQUIRE(kept);
    std::ofstream(world.site("cffi/__init__.py"), std::ios::app) << "his line\n";
    const auto target = world.target();
    REQUIRE(store.fetch(kept->files[0], target, "back"));
    CHECK(bytes_of(target.path() + "/back") == "version = '1.15'\n");
}

TEST_CASE("whatever is cut off of what it knows, a look at the store sets it aside, and what is healthy is kept again")
{
    const World world;
    auto store = world.open(); // the same all the time: no restart is needed
    REQUIRE(store.keep(world.request(), 100));
    const auto index = world.state() + "/store/index/cffi";
    const auto path = std::filesystem::directory_iterator(index)->path().string();
    const auto whole = bytes_of(path);
    for (std::size_t size = 0; size < whole.size(); size += 16) {
        INFO(size);
        std::ofstream(path, std::ios::binary) << whole.substr(0, size);
        CHECK(store.find("cffi").empty());
        REQUIRE(store.check());
        const auto told = store.take_damage();
        REQUIRE(told.size() == 1);
        CHECK_THAT(told.front(), ContainsSubstring("cffi") && ContainsSubstring("/damaged/"));
        CHECK_FALSE(std::filesystem::exists(path));
        REQUIRE(store.check());
        CHECK(store.take_damage().empty());
        REQUIRE(store.keep(world.request(), 200));
        REQUIRE(store.find("cffi").size() == 1);
        CHECK(store.has_all(store.find("cffi").front()));
    }
    const auto aside = std::filesystem::directory_iterator(world.state() + "/store/damaged");
    CHECK(std::distance(begin(aside), end(aside)) == 8);
}

TEST_CASE("every byte that somebody changes in a stored file is seen, and the file is kept again")
{
    const World world;
    auto store = world.open();
    const auto kept = store.keep(world.request(), 100);
    REQUIRE(kept);
    const auto& file = kept->files[0];
    const auto whole = bytes_of(world.blob(file.sha256));
    for (std::size_t at = 0; at <= whole.size(); ++at) {
        INFO(at);
        auto bytes = whole;
        if (at < whole.size()) {
            bytes[at] = static_cast<char>(bytes[at] ^ 1);
        } else {
            bytes.resize(at / 2);
        }
        std::ofstream(world.blob(file.sha256), std::ios::binary) << bytes;
        REQUIRE(store.check());
        CHECK(store.take_damage().size() == 2); // the file, and that its distribution is not whole any more
        CHECK_FALSE(store.has(file.sha256));
        CHECK(store.find("cffi").empty());
        REQUIRE(store.keep(world.request(), 200));
        CHECK(bytes_of(world.blob(file.sha256)) == whole);
    }
    // Whoever writes the same again does no harm.
    std::ofstream(world.blob(file.sha256), std::ios::binary) << whole;
    REQUIRE(store.check());
    CHECK(store.take_damage().empty());
}

TEST_CASE("a stored file that was cut off is not taken for one that is there")
{
    const World world;
    auto store = world.open();
    const auto kept = store.keep(world.request(), 100);
    REQUIRE(kept);
    const auto& file = kept->files[1];
    std::filesystem::resize_file(world.blob(file.sha256), 10);
    REQUIRE(store.keep(world.request(), 200)); // nobody looked before
    CHECK(store.has_all(*kept));
    CHECK(store.fetch(file, world.target(), "back"));
    CHECK(store.take_damage().size() == 1);
}

TEST_CASE("a store that is removed, or replaced, while it is used is begun anew")
{
    const World world;
    auto store = world.open();
    REQUIRE(store.keep(world.request(), 100));
    CHECK(store.is_there());
    SECTION("removed")
    {
        std::filesystem::remove_all(world.state() + "/store");
    }
    SECTION("with all that is above it")
    {
        std::filesystem::remove_all(world.state());
    }
    SECTION("another folder lies there")
    {
        std::filesystem::rename(world.state() + "/store", world.state() + "/elsewhere");
        std::filesystem::create_directory(world.state() + "/store");
    }
    SECTION("removed, and looked at")
    {
        std::filesystem::remove_all(world.state() + "/store");
        CHECK_FALSE(store.is_there());
        REQUIRE(store.check());
        CHECK(store.is_there());
        REQUIRE(store.check());
    }
    REQUIRE(store.keep(world.request(), 200));
    CHECK(store.is_there());
    CHECK(store.take_damage().size() == 1);
    CHECK(store.has_all(store.find("cffi").front()));
    CHECK(store.bytes() > 100'000);
}

TEST_CASE("a file in the place of the index is set aside")
{
    const World world;
    auto store = world.open();
    REQUIRE(store.keep(world.request(), 100));
    std::filesystem::remove_all(world.state() + "/store/index");
    world.folder.file("state/store/index", "no folder");
    REQUIRE(store.check());
    CHECK(store.take_damage().size() == 1);
    REQUIRE(store.keep(world.request(), 200));
    CHECK(store.find("cffi").size() == 1);
}

TEST_CASE("a damaged blob is set aside, told once, and kept anew")
{
    const World world;
    auto store = world.open();
    const auto kept = store.keep(world.request(), 100);
    REQUIRE(kept);
    const auto& file = kept->files[0];
    auto bytes = bytes_of(world.blob(file.sha256));
    bytes[3] = static_cast<char>(bytes[3] ^ 1);
    std::ofstream(world.blob(file.sha256)) << bytes;
    const auto target = world.target();
    const auto fetched = store.fetch(file, target, "back");
    REQUIRE_FALSE(fetched);
    CHECK(fetched.error().code == ErrorCode::malformed);
    CHECK_FALSE(target.exists("back"));
    CHECK_FALSE(store.has(file.sha256));
    CHECK_FALSE(store.has_all(*kept));
    CHECK(store.take_damage().size() == 1);
    CHECK(store.take_damage().empty());
    CHECK(store.fetch(file, target, "back").error().code == ErrorCode::not_found);

    REQUIRE(store.keep(world.request(), 200));
    CHECK(store.fetch(file, target, "back"));
}

TEST_CASE("a name that is taken is not overwritten")
{
    const World world;
    auto store = world.open();
    const auto kept = store.keep(world.request(), 100);
    REQUIRE(kept);
    const auto target = world.target();
    world.folder.file("target/mine", "mine");
    CHECK(store.fetch(kept->files[0], target, "mine").error().code == ErrorCode::plan_changed);
    CHECK(bytes_of(target.path() + "/mine") == "mine");
}

TEST_CASE("the least recently used distributions go first, and blobs that others name stay")
{
    const World world;
    auto store = world.open(50'000);
    const std::string shared(20'000, 's');
    REQUIRE(store.keep(world.other("a", shared), 100));
    REQUIRE(store.keep(world.other("b", std::string(20'000, 'b')), 200));
    const auto a = store.find("a");
    REQUIRE(a.size() == 1);
    store.note_use(a[0], 300);
    REQUIRE(store.keep(world.other("c", std::string(20'000, 'c')), 400));
    CHECK(store.find("a").size() == 1);
    CHECK(store.find("b").empty());
    CHECK(store.find("c").size() == 1);
    CHECK(store.bytes() == 40'000);

    REQUIRE(store.keep(world.other("d", shared), 500));
    CHECK(store.bytes() == 40'000);
    REQUIRE(store.keep(world.other("e", std::string(25'000, 'e')), 600));
    CHECK(store.find("a").empty()); // its blob is still d's
    CHECK(store.has(sha256_hex(shared)));
}

TEST_CASE("cleaning drops what nothing names")
{
    const World world;
    auto store = world.open();
    REQUIRE(store.keep(world.request(), 100));
    const auto stray = std::string(64, 'a');
    std::filesystem::create_directories(world.state() + "/store/aa");
    std::ofstream(world.blob(stray)) << "stray";
    const auto dropped = store.clean();
    REQUIRE(dropped);
    CHECK(*dropped == 5);
    CHECK_FALSE(store.has(stray));
    CHECK(store.has_all(store.find("cffi")[0]));
}

#ifdef ENVFIX_FAULTS
TEST_CASE("what is kept already is not copied again")
{
    const World world;
    auto store = world.open();
    REQUIRE(store.keep(world.request(), 100));
    // Were it copied, it would be refused.
    REQUIRE(fs::fault::arm("store.keep.copy=eio:1+"));
    CHECK(store.keep(world.request(), 200));
    std::filesystem::last_write_time(world.site("cffi/__init__.py"),
                                     std::filesystem::file_time_type::clock::now());
    CHECK_FALSE(store.keep(world.request(), 300));
    REQUIRE(fs::fault::arm(""));
    CHECK(store.keep(world.request(), 300));
}

TEST_CASE("a file that lies in the store already is read, and not copied")
{
    const World world;
    auto store = world.open();
    const auto request = world.other("one", "the bytes\n");
    REQUIRE(store.keep(request, 100));
    std::filesystem::last_write_time(world.site("one.py"), std::filesystem::file_time_type::clock::now());
    // Were it copied, it would be refused.
    REQUIRE(fs::fault::arm("store.keep.copy=eio:1+"));
    CHECK(store.keep(request, 200));
    REQUIRE(fs::fault::arm(""));
    world.folder.file(k_site + "/one.py", "the Bytes\n");
    CHECK_FALSE(store.keep(request, 300)); // it is read all the same
}

TEST_CASE("whatever fails while something is kept, the store is sound afterwards")
{
    for (const auto& name : fs::fault::names()) {
        for (const auto* const action : {"enospc", "eio"}) {
            const World world;
            INFO(name << " " << action);
            {
                auto store = world.open();
                REQUIRE(fs::fault::arm(name + "=" + action));
                static_cast<void>(store.keep(world.request(), 100));
                REQUIRE(fs::fault::arm(""));
            }
            auto store = world.open();
            const auto target = world.target();
            for (const auto& kept : store.find("cffi")) {
                for (const auto& file : kept.files)
                    CHECK(store.fetch(file, target, "x/" + file.sha256));
            }
            REQUIRE(store.keep(world.request(), 200));
            REQUIRE(store.clean());
            CHECK(store.has_all(store.find("cffi")[0]));
        }
    }
}
#endif

TEST_CASE("random damage in the store is never given back as good")
{
    const World world;
    {
        auto store = world.open();
        REQUIRE(store.keep(world.request(), 100));
    }
    std::vector<std::string> files;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(world.state() + "/store"))
        if (entry.is_regular_file()) files.push_back(entry.path().string());
    std::mt19937 random(20'261'122); // NOLINT: the same damages every time
    for (int round = 0; round < 300; ++round) {
        const auto& path = files[random() % files.size()];
        const auto good = bytes_of(path);
        auto bad = good;
        if (random() % 4 == 0) {
            bad.resize(random() % bad.size());
        } else {
            bad[random() % bad.size()] ^= static_cast<char>(1U << (random() % 8));
        }
        std::ofstream(path, std::ios::binary) << bad;
        auto store = world.open();
        const auto target = world.target();
        for (const auto& kept : store.find("cffi")) {
            for (const auto& file : kept.files) {
                const auto name = std::to_string(round) + "/" + file.sha256;
                if (store.fetch(file, target, name))
                    CHECK(sha256_hex(bytes_of(target.path() + "/" + name)) == file.sha256);
            }
        }
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        std::ofstream(path, std::ios::binary) << good;
    }
}
