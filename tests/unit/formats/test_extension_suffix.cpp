#include "formats/extension_suffix.hpp"
#include "support/catch.hpp"
using namespace envfix::formats;

namespace {
using Texts = std::vector<std::string>;
constexpr const char* k_x86 = "x86_64-linux-gnu";
} // namespace

TEST_CASE("an interpreter's description gives its extension suffixes in order")
{
    struct Case {
        SuffixFacts facts;
        Texts want;
    };

    const auto c = GENERATE(values<Case>({
        {{"cpython", 3, 7, "m", k_x86, "", false},
         {".cpython-37m-x86_64-linux-gnu.so", ".abi3.so", ".so"}},
        {{"cpython", 3, 12, "", "", "", false}, {".cpython-312.so", ".abi3.so", ".so"}},
        {{"cpython", 3, 13, "td", k_x86, "", false},
         {".cpython-313td-x86_64-linux-gnu.so", ".cpython-313t-x86_64-linux-gnu.so", ".abi3.so",
          ".so"}},
        {{"cpython", 3, 7, "dm", k_x86, "", false},
         {".cpython-37dm-x86_64-linux-gnu.so", ".abi3.so", ".so"}},
        {{"cpython", 3, 13, "", k_x86, "", true},
         {".cpython-313-x86_64-linux-gnu.so", ".abi3.so", ".abi3-x86_64-linux-gnu.so", ".so"}},
        {{"cpython", 3, 12, "", k_x86, "", true},
         {".cpython-312-x86_64-linux-gnu.so", ".abi3.so", ".so"}},
        {{"cpython", 3, 15, "", k_x86, "", false},
         {".cpython-315-x86_64-linux-gnu.so", ".abi3-x86_64-linux-gnu.so", ".abi3.so",
          ".abi3t-x86_64-linux-gnu.so", ".abi3t.so", ".so"}},
        {{"pypy", 3, 11, "", k_x86, "pp73", true}, {".pypy311-pp73-x86_64-linux-gnu.so"}},
        {{"graalpy", 3, 11, "", k_x86, "", false}, {}},
    }));
    CHECK(extension_suffixes(c.facts) == c.want);
}

TEST_CASE("the name of a compiled module tells what it was built for")
{
    struct Case {
        std::string_view file;
        std::optional<ExtensionTag> want;
    };
    using enum ExtensionAbi;

    const auto c = GENERATE(values<Case>({
        {"m.so", ExtensionTag{"m", untagged, "", 0, 0, "", "", "", ""}},
        {"m.cpython-311-x86_64-linux-gnu.so", ExtensionTag{"m", version, "cpython", 3, 11, "", "",
                                                           k_x86, "cpython-311-x86_64-linux-gnu"}},
        {"m.cpython-313t-aarch64-linux-musl.so",
         ExtensionTag{"m", version, "cpython", 3, 13, "t", "", "aarch64-linux-musl",
                      "cpython-313t-aarch64-linux-musl"}},
        {"m.cpython-36m-darwin.so",
         ExtensionTag{"m", version, "cpython", 3, 6, "m", "", "darwin", "cpython-36m-darwin"}},
        {"m.cpython-312.so",
         ExtensionTag{"m", version, "cpython", 3, 12, "", "", "", "cpython-312"}},
        {"m.cp312-win_amd64.pyd",
         ExtensionTag{"m", version, "cpython", 3, 12, "", "", "win_amd64", "cp312-win_amd64"}},
        {"m.abi3.so", ExtensionTag{"m", stable, "", 0, 0, "", "", "", "abi3"}},
        {"m.abi3-x86_64-linux-gnu.so",
         ExtensionTag{"m", stable, "", 0, 0, "", "", k_x86, "abi3-x86_64-linux-gnu"}},
        {"m.abi3t.so", ExtensionTag{"m", stable_free_threaded, "", 0, 0, "", "", "", "abi3t"}},
        {"m.pypy311-pp73-x86_64-linux-gnu.so",
         ExtensionTag{"m", version, "pypy", 3, 11, "", "pp73", k_x86,
                      "pypy311-pp73-x86_64-linux-gnu"}},
        {"m.graalpy231-311-native-x86_64-linux.so",
         ExtensionTag{"m", version, "graalpy", 3, 11, "", "", "x86_64-linux",
                      "graalpy231-311-native-x86_64-linux"}},
        {"m.abi4.so", ExtensionTag{"m", unknown, "", 0, 0, "", "", "", "abi4"}},
        {"m.cpython-3-x.so", ExtensionTag{"m", unknown, "", 0, 0, "", "", "", "cpython-3-x"}},
        {"m.cpython-99999-x.so",
         ExtensionTag{"m", unknown, "", 0, 0, "", "", "", "cpython-99999-x"}},
        {"m..so", ExtensionTag{"m", unknown, "", 0, 0, "", "", "", ""}},
        {"m.py", std::nullopt},
        {"m.so.1", std::nullopt},
        {"m", std::nullopt},
    }));
    INFO(c.file);
    CHECK(parse_extension_name(c.file) == c.want);
}

TEST_CASE("a file is a module only with one of the interpreter's suffixes")
{
    const Texts suffixes{".cpython-311-x86_64-linux-gnu.so", ".abi3.so", ".so"};
    CHECK(match_extension("_cffi_backend.cpython-311-x86_64-linux-gnu.so", "_cffi_backend",
                          suffixes) == 0);
    CHECK(match_extension("_rust.abi3.so", "_rust", suffixes) == 1);
    CHECK_FALSE(match_extension("_cffi_backend.cpython-312-x86_64-linux-gnu.so", "_cffi_backend",
                                suffixes));
    CHECK_FALSE(match_extension("_rust.abi3.so", "_rust.abi3", {}));
    CHECK_FALSE(match_extension("_rust2.abi3.so", "_rust", suffixes));
}
