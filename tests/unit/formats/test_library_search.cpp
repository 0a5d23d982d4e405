#include "formats/library_search.hpp"
#include "support/catch.hpp"

using namespace envfix::formats;

namespace {

const LoaderSetup k_debian{.lib = "lib/x86_64-linux-gnu",
                           .platforms = {"haswell", "x86_64"},
                           .library_path = {"/opt/lib"},
                           .default_folders = {"/lib/x86_64-linux-gnu", "/lib"}};

/// One line: folders with blanks between, "cache" for the cache, "|" between the steps.
std::string shown(const std::vector<SearchStep>& steps)
{
    std::string text;
    for (const auto& step : steps) {
        if (!text.empty()) text += " |";
        if (step.kind == SearchStep::Kind::cache) text += step.not_below.empty() ? " cache" : " cache-others";
        for (const auto& folder : step.folders)
            text += " " + folder;
    }
    return text;
}

LoadedFile program()
{
    return {.folder = "/usr/bin", .rpath = "/program", .runpath = {}, .loader = {}};
}

LoadedFile module(std::optional<std::string> rpath, std::optional<std::string> runpath)
{
    return {.folder = "/v/pkg", .rpath = std::move(rpath), .runpath = std::move(runpath), .loader = 0};
}

std::string searched(const std::vector<LoadedFile>& files, const LoaderSetup& setup = k_debian)
{
    return shown(library_search(files, files.size() - 1, setup));
}

} // namespace

TEST_CASE("RPATH counts for all that is loaded below it, and before LD_LIBRARY_PATH")
{
    CHECK(searched({program(), module("$ORIGIN/../pkg.libs:/x/", {})}) ==
          " /v/pkg/../pkg.libs /x | /program | /opt/lib | cache | /lib/x86_64-linux-gnu /lib");
    const LoadedFile library{.folder = "/v/pkg.libs", .rpath = "${ORIGIN}", .runpath = {}, .loader = 1};
    CHECK(searched({program(), module("/a", {}), library}) ==
          " /v/pkg.libs | /a | /program | /opt/lib | cache | /lib/x86_64-linux-gnu /lib");
}

TEST_CASE("RUNPATH counts for its own file only, behind LD_LIBRARY_PATH, and switches every RPATH off")
{
    CHECK(searched({program(), module({}, "$ORIGIN")}) == " /opt/lib | /v/pkg | cache | /lib/x86_64-linux-gnu /lib");
    CHECK(searched({program(), module("/never", "/a")}) == " /opt/lib | /a | cache | /lib/x86_64-linux-gnu /lib");
    const LoadedFile library{.folder = "/l", .rpath = {}, .runpath = {}, .loader = 1};
    // The RUNPATH of the one above is not inherited, and its RPATH is void; the program's RPATH still counts.
    CHECK(searched({program(), module("/never", "/a"), library}) ==
          " /program | /opt/lib | cache | /lib/x86_64-linux-gnu /lib");
}

TEST_CASE("a file may forbid the system's folders, in the cache as well")
{
    auto file = module({}, "/a");
    file.no_default_folders = true;
    CHECK(searched({program(), file}) == " /opt/lib | /a | cache-others");
}

TEST_CASE("tokens stand for folders, and what only looks like one stays")
{
    const auto expand = [](const char* path) {
        std::string all;
        for (const auto& one : expand_tokens(path, "/o", k_debian))
            all += one + " ";
        return all;
    };
    CHECK(expand("$ORIGIN/a") == "/o/a ");
    CHECK(expand("${ORIGIN}x") == "/ox ");
    CHECK(expand("$ORIGINAL/a").empty());
    CHECK(expand("/a/$ORIGINAL") == "/a/$ORIGINAL ");
    CHECK(expand("/a/${ORIGIN") == "/a/${ORIGIN ");
    CHECK(expand("/usr/$LIB/x//") == "/usr/lib/x86_64-linux-gnu/x ");
    CHECK(expand("/a/$PLATFORM") == "/a/haswell /a/x86_64 ");
    CHECK(expand("a/b").empty()); // below whatever folder the program was started in
    CHECK(expand("").empty());
    CHECK(expand("/") == "/ ");
}

TEST_CASE("musl takes RPATH and RUNPATH for the same, hands both down, and has no cache")
{
    const LoaderSetup musl{.musl = true, .lib = {}, .platforms = {}, .library_path = {"/opt/lib"}, .default_folders = {"/lib", "/usr/lib"}};
    const LoadedFile library{.folder = "/l", .rpath = {}, .runpath = "$ORIGIN", .loader = 1};
    CHECK(searched({program(), module({}, "/a"), library}, musl) == " /opt/lib | /l | /a | /program | /lib /usr/lib");
}

TEST_CASE("files that ask for one another in a circle, and lists without end, come to an end")
{
    std::vector<LoadedFile> circle{program(), {.folder = "/a", .rpath = "/1", .runpath = {}, .loader = 2},
                                   {.folder = "/b", .rpath = "/2", .runpath = {}, .loader = 1}};
    CHECK(library_search(circle, 1, k_debian).size() < 80);
    std::string list;
    for (int i = 0; i < 5000; ++i)
        list += "/f" + std::to_string(i) + ":";
    CHECK(library_search(std::vector{module(list, {})}, 0, k_debian).front().folders.size() == 64);
    CHECK(library_search(circle, 7, k_debian).empty());
}

TEST_CASE("the C library's own files are known by name")
{
    CHECK(is_c_library("libc.so.6", false));
    CHECK(is_c_library("ld-linux-x86-64.so.2", false));
    CHECK_FALSE(is_c_library("libc.so", false));
    CHECK_FALSE(is_c_library("libffi.so.8", false));
    CHECK(is_c_library("libc.musl-x86_64.so.1", true));
    CHECK(is_c_library("libpthread.so.0", true));
    CHECK_FALSE(is_c_library("libcrypto.so.3", true));
}
