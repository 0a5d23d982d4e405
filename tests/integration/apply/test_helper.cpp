// The root helper against whoever writes its records: here the monitor's folder is the enemy's.
#include "apply/helper.hpp"
#include "base/sha256.hpp"

#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
using namespace envfix;

namespace {

constexpr const char* k_transaction = "0123456789ab";

/// A helper whose apt-get writes down how it was called.
class Lab {
public:
    Lab()
    {
        std::filesystem::create_directories(folder / "run/envfix/apply");
        std::filesystem::create_directory(folder / "results");
        write(folder / "allow", "python3-cffi-backend\npython3-jwt\n", 0644);
        write(folder / "would", "Inst python3-cffi-backend [1.15.1-5+b1] (1.15.1-5+b1 Debian:12 [amd64])\n", 0644);
        write(folder / "apt-get", "#!/bin/sh\nif [ \"$1\" = --simulate ]; then cat " + (folder / "would") + "; [ ! -e " + (folder / "stuck") +
                                      " ] || { echo 'E: not now' >&2; exit 100; }; exit 0; fi\necho \"$@\" >" + (folder / "called") + "\nenv >" + (folder / "environment") +
                                      "\nprintf 'done\\033[31m\\n'\nexit $(cat " + (folder / "exit") + ")\n",
              0755);
        write(folder / "exit", "0", 0644);
        setting.record_root = folder / "run";
        setting.results = folder / "results";
        setting.allowed = folder / "allow";
        setting.monitor = ::geteuid();
        setting.root = ::geteuid();
        setting.program = folder / "apt-get";
        put({.transaction = k_transaction, .packages = {{"python3-cffi-backend", "1.15.1-5+b1"}}});
    }

    static void write(const std::string& path, const std::string& text, mode_t mode)
    {
        std::ofstream(path, std::ios::binary) << text;
        ::chmod(path.c_str(), mode);
    }

    [[nodiscard]] std::string record() const { return folder / "run/envfix/apply/0123456789ab"; }

    void put(const apply::Record& what) const { write(record(), apply::write_record(what), 0600); }

    [[nodiscard]] std::string read(const std::string& name) const
    {
        std::ifstream file(folder / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    /// Refused, without anything having been started, and with a result that says so.
    [[nodiscard]] bool refuses() const
    {
        std::filesystem::remove(folder / "results/0123456789ab");
        return !apply::admit(setting, k_transaction) && apply::apply(setting, k_transaction) == 2 && read("called").empty() &&
               read("results/0123456789ab").starts_with("exit 255\nrefused: ");
    }

    TempFolder folder;
    apply::Setting setting;
};

} // namespace

TEST_CASE("a sound record is carried out by the one command line, and its end is written down")
{
    const Lab lab;
    CHECK(apply::apply(lab.setting, k_transaction) == 0);
    CHECK(lab.read("called").ends_with(" install -- python3-cffi-backend=1.15.1-5+b1\n"));
    CHECK(lab.read("environment").find("DEBIAN_FRONTEND=noninteractive") != std::string::npos);
    CHECK(lab.read("results/0123456789ab") == "exit 0\ndone\\x1b[31m\n");
    struct stat status{};
    REQUIRE(::stat((lab.folder / "results/0123456789ab").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0644U);

    Lab::write(lab.folder / "exit", "100", 0644);
    CHECK(apply::apply(lab.setting, k_transaction) == 1);
    CHECK(lab.read("results/0123456789ab").starts_with("exit 100\nexit code 100\n"));
}

TEST_CASE("what apt would do otherwise than was approved is not begun, and it is said why")
{
    const Lab lab;
    std::string why;
    SECTION("the version is offered no more")
    {
        Lab::write(lab.folder / "would", "Reinstallation of python3-cffi-backend is not possible, it cannot be downloaded.\n", 0644);
        why = "apt does not offer python3-cffi-backend=1.15.1-5+b1 any more";
    }
    SECTION("it needs another package as well")
    {
        std::ofstream(lab.folder / "would", std::ios::app) << "Inst libffi8 (3.4.4-1 Debian:12 [amd64])\n";
        why = "apt would install more than was approved: Inst libffi8 ";
    }
    SECTION("apt fails")
    {
        Lab::write(lab.folder / "stuck", "", 0644);
        why = "apt would not do it (exit code 100): E: not now";
    }
    CHECK(apply::apply(lab.setting, k_transaction) == 1);
    CHECK(lab.read("called").empty());
    const auto said = lab.read("results/0123456789ab");
    INFO(said);
    CHECK(said.starts_with("exit 255\nnothing was changed: " + why));
}

TEST_CASE("nothing of our own surroundings reaches apt-get")
{
    const Lab lab;
    ::setenv("APT_CONFIG", "/tmp/evil", 1);
    ::setenv("LD_PRELOAD_MARK", "evil", 1);
    CHECK(apply::apply(lab.setting, k_transaction) == 0);
    ::unsetenv("APT_CONFIG");
    ::unsetenv("LD_PRELOAD_MARK");
    CHECK(lab.read("environment").find("evil") == std::string::npos);
}

TEST_CASE("a record that nobody but the monitor can have made is asked for, and every other kind refused")
{
    Lab lab;
    SECTION("of another owner")
    {
        lab.setting.monitor = ::geteuid() + 1;
    }
    SECTION("that others may write")
    {
        ::chmod(lab.record().c_str(), 0620);
    }
    SECTION("with another name")
    {
        REQUIRE(::link(lab.record().c_str(), (lab.folder / "twin").c_str()) == 0);
    }
    SECTION("a link to a good one")
    {
        std::filesystem::rename(lab.record(), lab.folder / "good");
        std::filesystem::create_symlink(lab.folder / "good", lab.record());
    }
    SECTION("in a folder that is a link")
    {
        std::filesystem::rename(lab.folder / "run/envfix/apply", lab.folder / "elsewhere");
        std::filesystem::create_directory_symlink(lab.folder / "elsewhere", lab.folder / "run/envfix/apply");
    }
    SECTION("below a folder that is a link")
    {
        std::filesystem::rename(lab.folder / "run/envfix", lab.folder / "elsewhere");
        std::filesystem::create_directory_symlink(lab.folder / "elsewhere", lab.folder / "run/envfix");
    }
    SECTION("a FIFO, which nobody waits for")
    {
        std::filesystem::remove(lab.record());
        REQUIRE(::mkfifo(lab.record().c_str(), 0600) == 0);
    }
    SECTION("a folder")
    {
        std::filesystem::remove(lab.record());
        std::filesystem::create_directory(lab.record());
    }
    SECTION("none")
    {
        std::filesystem::remove(lab.record());
    }
    SECTION("too long")
    {
        Lab::write(lab.record(), std::string(apply::k_record_cap + 1, 'a'), 0600);
    }
    SECTION("endless, and sparse")
    {
        Lab::write(lab.record(), "", 0600);
        std::filesystem::resize_file(lab.record(), std::uintmax_t{1} << 40U);
    }
    SECTION("without its digest")
    {
        Lab::write(lab.record(), "envfix-apply 2\ntransaction 0123456789ab\npackage python3-jwt=2.6.0-1\n", 0600);
    }
    SECTION("of another transaction")
    {
        lab.put({.transaction = "ba9876543210", .packages = {{"python3-jwt", "2.6.0-1"}}});
    }
    SECTION("with a package that root's list does not have")
    {
        lab.put({.transaction = k_transaction, .packages = {{"python3-jwt", "2.6.0-1"}, {"sudo", "1"}}});
    }
    SECTION("with an option, and a digest that fits")
    {
        const std::string body = "envfix-apply 2\ntransaction 0123456789ab\npackage -oDPkg::Pre-Invoke::=id=1\n";
        Lab::write(lab.record(), body + "sha256 " + sha256_hex(body) + "\n", 0600);
    }
    SECTION("without a version, and a digest that fits")
    {
        const std::string body = "envfix-apply 2\ntransaction 0123456789ab\npackage python3-jwt\n";
        Lab::write(lab.record(), body + "sha256 " + sha256_hex(body) + "\n", 0600);
    }
    SECTION("while others may write root's list")
    {
        ::chmod((lab.folder / "allow").c_str(), 0666);
    }
    SECTION("while root's list is somebody else's")
    {
        lab.setting.root = ::geteuid() + 1;
    }
    SECTION("while there is no list")
    {
        std::filesystem::remove(lab.folder / "allow");
    }
    CHECK(lab.refuses());
}

TEST_CASE("what is no transaction leads to no path at all")
{
    const Lab lab;
    for (const std::string word : {"", "..", "../../etc/passwd", "0123456789a/", "0123456789AB", "0123456789abc"}) {
        INFO(word);
        CHECK(apply::apply(lab.setting, word) == 2);
    }
    CHECK(lab.read("called").empty());
    CHECK(std::filesystem::is_empty(lab.folder / "results"));
}
